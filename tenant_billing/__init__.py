from . import controllers, demo, models, wizards


def _drop_usage_tables(env):
    """Tables that Odoo does not know as such."""
    env['tenant.usage.event']._drop_tables()
