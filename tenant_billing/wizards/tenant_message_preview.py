from odoo import fields, models


class TenantMessagePreview(models.TransientModel):
    """A message as a tenant would get it."""

    _name = 'tenant.message.preview'
    _description = "Preview of a Message"

    subject = fields.Char(readonly=True)
    body = fields.Html(string="Mail", readonly=True)
    text = fields.Text(string="Text Message", readonly=True)
