"""Let the database that the configuration in ODOO_RC names be paid at the Stripe stand-in.

Run by the environment's Python, not imported.
"""

import os

import odoo.api
import odoo.modules.registry
import odoo.service.server
import odoo.tools


def main():
    odoo.tools.config.parse_config([])
    odoo.service.server.load_server_wide_modules()
    registry = odoo.modules.registry.Registry(odoo.tools.config['db_name'][0])
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        plans = env['tenant.plan'].search([])
        company = plans.company_id[:1] or env['res.company'].search([], limit=1)
        providers = env['payment.provider']
        providers._setup_provider('stripe')
        ours = [('code', '=', 'stripe'), ('company_id', '=', company.id)]
        providers.search(ours, limit=1).write({
            'stripe_publishable_key': 'pk_test_standin',
            'stripe_secret_key': os.environ['STRIPE_KEY'],
            'stripe_webhook_secret': os.environ['STRIPE_SECRET'],
            'state': 'test',
            'is_published': True,
        })


if __name__ == '__main__':
    main()
