from odoo import fields, models


class TenantApiKeyShow(models.AbstractModel):
    """Shows a secret that came in the context of its action, and keeps nothing."""

    _name = 'tenant.api.key.show'
    _description = "API Key, Shown Once"

    id = fields.Id()
    secret = fields.Char(string="Key", readonly=True)
