from odoo import api, fields, models
from odoo.tools import formatLang

from odoo.addons.tenant_billing.engine.exact import as_written
from odoo.addons.tenant_billing.models.metering.tenant_usage_alert_rule import BASES, SEVERITIES


class TenantUsageAlert(models.Model):
    """A threshold that was reached: one row for each rule, panel and period, whatever follows."""

    _name = 'tenant.usage.alert'
    _description = "Usage Alert"
    _order = 'id desc'

    rule_id = fields.Many2one(
        'tenant.usage.alert.rule', required=True, index=True, readonly=True, ondelete='restrict')
    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='cascade')
    partner_id = fields.Many2one(related='panel_id.partner_id')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    date_start = fields.Date(
        string="Period From", required=True, readonly=True,
        help="Service day: the first one of the period in which it happened.")
    date_end = fields.Date(
        required=True, readonly=True, help="Service day: the first one after that period.")
    last_day = fields.Date(
        string="Period To", compute='_compute_last_day',
        help="Service day: the last one of that period.")
    subject = fields.Char(required=True, readonly=True, help="What was measured, for programs.")
    name = fields.Char(string="Of", readonly=True)
    unit = fields.Char(readonly=True)
    basis = fields.Selection(BASES, string="Threshold In", required=True, readonly=True)
    threshold = fields.Float(digits=(16, 6), readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    currency_id = fields.Many2one('res.currency', readonly=True)
    value = fields.Float(digits=0, readonly=True, help="When it was told.")
    limit_value = fields.Float(
        string="Included or Allowed", digits=0, readonly=True, help="When it was told.")
    state = fields.Selection(
        [('fired', "Told"), ('passed', "Passed")], required=True, readonly=True,
        help="Passed: a higher threshold was reached at the same time and was told instead.")
    fired_at = fields.Datetime(string="At", required=True, readonly=True)
    read_at = fields.Datetime(
        string="Read by Tenant", readonly=True, help="When the tenant said that it was read.")
    seen_at = fields.Datetime(
        string="Seen", readonly=True, help="When somebody of the operator said so.")
    title = fields.Char(compute='_compute_words')
    message = fields.Char(compute='_compute_words')

    _once = models.Constraint(
        'UNIQUE (rule_id, panel_id, date_start, subject)',
        "This threshold was told in this period already.")
    _unread = models.Index("(panel_id) WHERE state = 'fired' AND read_at IS NULL")
    _unseen = models.Index("(company_id) WHERE state = 'fired' AND seen_at IS NULL")

    # === COMPUTE METHODS === #

    @api.depends('date_end')
    def _compute_last_day(self):
        for alert in self:
            alert.last_day = fields.Date.subtract(alert.date_end, days=1)

    @api.depends('subject', 'basis', 'name', 'threshold', 'value', 'limit_value', 'unit')
    @api.depends_context('lang')
    def _compute_words(self):
        for alert in self:
            alert.title, alert.message = alert._words()

    @api.depends('title')
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = alert.title

    # === ACTION METHODS === #

    def action_mark_seen(self):
        """The operator has seen these alerts; what the tenant has read is another matter."""
        self.check_access('read')
        self.filtered(lambda alert: not alert.seen_at).sudo().seen_at = fields.Datetime.now()

    def action_mark_unseen(self):
        """They are to be looked at again."""
        self.check_access('read')
        self.sudo().seen_at = False

    # === BUSINESS METHODS === #

    def _mark_read(self):
        """The tenant has read these alerts; again does nothing."""
        self.filtered(lambda alert: not alert.read_at).sudo().read_at = fields.Datetime.now()

    def _resources(self):
        """These alerts as the API tells them."""
        return [{
            'id': alert.id, 'panel_id': alert.panel_id.id, 'severity': alert.severity,
            'title': alert.title, 'message': alert.message, 'kind': alert.basis,
            'name': alert.name or None, 'unit': alert.unit or None,
            'threshold': alert._plain(alert.threshold), 'value': alert._plain(alert.value),
            'limit': alert._plain(alert.limit_value) if alert.basis == 'percent' else None,
            'currency': alert.currency_id.name if alert.basis == 'money' else None,
            'period_start': str(alert.date_start), 'period_end': str(alert.last_day),
            'at': f'{alert.fired_at.isoformat()}Z', 'read': bool(alert.read_at),
        } for alert in self]

    # === HELPERS === #

    def _words(self):
        """What was reached, and how far it has come."""
        if self.basis == 'money':
            money = self.currency_id._text
            return (self.env._("%s reached", money(self.threshold)),
                    self.env._("This period costs %s so far.", money(self.value)))
        reached, used, limit = map(
            self._number_text, (self.threshold, self.value, self.limit_value))
        if self.basis == 'quantity':
            title = self.env._("%(name)s: %(threshold)s reached", name=self.name, threshold=reached)
        else:
            title = self.env._(
                "%(name)s: %(threshold)s %% reached", name=self.name, threshold=reached)
            used = self.env._("%(used)s of %(limit)s", used=used, limit=limit)
        message = self.env._(
            "Used in this period: %s.", f'{used} {self.unit}' if self.unit else used)
        if self._is_by_refusal():
            message = self.env._("%s More than is left was sent and refused.", message)
        return title, message

    def _is_by_refusal(self):
        """Whether it was told because a limit refused what did not fit, not by what was used."""
        used, most = as_written(self.value), as_written(self.limit_value)
        return self.subject.startswith('limit:') and (
            used * 100 < as_written(self.threshold) * most)

    def _plain(self, number):
        """A number as JSON carries it; of money with the currency's decimals."""
        if self.basis == 'money':
            return f'{number:.{self.currency_id.decimal_places}f}'
        return f'{as_written(number).normalize():f}'

    def _number_text(self, number):
        digits = 0 if number == int(number) else 2
        return formatLang(self.env, number, digits=digits)
