from odoo.addons.payment import reset_payment_provider, setup_provider

from . import controllers
from . import models
from . import demo

from odoo.addons.tenant_billing_sslcommerz.const import CODE


def post_init_hook(env):
    setup_provider(env, CODE)


def uninstall_hook(env):
    reset_payment_provider(env, CODE)
