from odoo import api, fields, models

AT_FIRST = 10  # percent of a panel in the making of which the host has said nothing yet


class TenantPanel(models.Model):
    """What the host tells of a panel that it is making."""

    _inherit = 'tenant.panel'

    provisioning_progress = fields.Integer(
        string="Progress", default=AT_FIRST, readonly=True, copy=False,
        help="How far the host is with making the panel, in percent.")
    provisioning_message = fields.Char(
        string="The Host Says", readonly=True, copy=False)

    # === BUSINESS METHODS === #

    def _report_provisioning(self, progress=None, state=None, message=None):
        """What the host reports; the same again does nothing.

        :param int progress: percent, from 0 to 100
        :param str state: created or failed, once it has come to an end
        :param str message: what the host says to the operator; of a failure, why
        :raise UserError: when the panel was not ordered, or cannot come to this end any more
        """
        self.check_access('write')
        self.ensure_one()
        self._check_ordered()
        if self.state == 'creating':  # what comes late says nothing about a running panel
            told = {'provisioning_progress': progress, 'provisioning_message': message}
            changed = {
                name: value for name, value in told.items()
                if value is not None and self[name] != value}
            if changed:
                self.sudo().write(changed)
        if state == 'created':
            self.action_mark_created()
        elif state == 'failed':
            self.action_mark_failed(message)

    def _reopen_first_period(self):
        super()._reopen_first_period()
        self.write({'provisioning_progress': AT_FIRST, 'provisioning_message': False})

    # === HELPERS === #

    @api.model
    def _door_fields(self):
        return super()._door_fields() | {'provisioning_progress', 'provisioning_message'}
