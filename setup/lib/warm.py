"""Build the asset bundles of the database that the configuration in ODOO_RC names.

Run by the environment's Python, not imported.
"""

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
        env['ir.qweb']._pregenerate_assets_bundles()


if __name__ == '__main__':
    main()
