from odoo import fields, models


class TenantWebhookSecret(models.AbstractModel):
    """Shows a new secret once; nothing of it is kept here."""

    _name = 'tenant.webhook.secret'
    _description = "New Webhook Secret"

    id = fields.Id()  # the form asks for its values by an onchange, which wants one
    secret = fields.Char(readonly=True)
