from odoo.addons.payment import reset_payment_provider, setup_provider

from . import controllers
from . import models
from . import wizards
from . import demo

from odoo.addons.tenant_billing_sslcommerz.const import CODE


def post_init_hook(env):
    setup_provider(env, CODE)


def uninstall_hook(env):
    """Odoo's own hook refuses once payments were made; ours leaves them and their method there,
    so that another provider for the same gateway can follow."""
    providers = env['payment.provider']
    method = providers._get_provider_payment_method(CODE)
    if method and providers._check_existing_payment(method):
        providers.search([('code', '=', CODE)]).write(providers._get_removal_values())
    else:
        reset_payment_provider(env, CODE)
