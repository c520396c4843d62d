from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

CLAIM_COLUMNS = (
    'panel_id', 'company_id', 'currency_id', 'plan_version_id', 'kind', 'state', 'date_start',
    'date_end', 'invoiced_start', 'invoiced_end', 'zone', 'amount', 'is_dated', 'settled',
    'settled_by', 'settled_on', 'rebill', 'reason', 'anchor_before',
)


class TenantBillingPeriod(models.Model):
    """Days of a panel that are billed or given once. No day of a panel is in two of them."""

    _name = 'tenant.billing.period'
    _description = "Billing Period"
    _order = 'date_start desc, id desc'

    panel_id = fields.Many2one(
        'tenant.panel', required=True, index=True, readonly=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    partner_id = fields.Many2one(related='panel_id.partner_id')
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    plan_version_id = fields.Many2one(
        'tenant.plan.version', required=True, index=True, readonly=True, ondelete='restrict')
    kind = fields.Selection(
        [
            ('regular', "Regular"), ('stub', "Stub"), ('trial', "Trial"),
            ('granted', "Granted"), ('adopted', "Adopted"),
        ],
        required=True, default='regular', readonly=True,
    )
    state = fields.Selection(
        [
            ('undated', "Not Begun"), ('claimed', "Claimed"),
            ('invoiced', "Invoiced"), ('void', "Void"),
        ],
        required=True, default='claimed', readonly=True, index=True,
        help="Not Begun: the dates are provisional until the panel starts. Void: takes no part.",
    )
    settled = fields.Boolean(required=True, readonly=True)
    settled_by = fields.Selection(
        [
            ('money', "Payment"), ('free', "Free plan"), ('zero', "Nothing due"),
            ('trial', "Trial"), ('granted', "Granted"), ('adopted', "Adopted"),
        ],
        readonly=True,
    )
    settled_on = fields.Date(readonly=True, help="Local day on which it was settled.")
    date_start = fields.Date(
        string="From", required=True, readonly=True, help="Service day: the first one.")
    date_end = fields.Date(
        string="End", required=True, readonly=True,
        help="Service day: the first one after the period.")
    last_day = fields.Date(
        string="To", compute='_compute_last_day', help="Service day: the last one.")
    invoiced_start = fields.Date(
        string="Invoiced From", required=True, readonly=True,
        help="Service day: the first one as the invoice prints it.")
    invoiced_end = fields.Date(
        required=True, readonly=True,
        help="Service day: the first one after the range that the invoice prints.")
    zone = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="With or without tax, as the plan version's prices are.")
    is_dated = fields.Boolean(readonly=True, help="The dates are or were real ones.")
    rebill = fields.Boolean(
        string="May Be Billed Again", readonly=True,
        help="Whether the days of a void period may be billed again.")
    reason = fields.Text(readonly=True)
    anchor_before = fields.Date(
        readonly=True, help="Service day from which boundaries counted before these granted days.")
    demand_ids = fields.One2many('tenant.billing.demand', 'period_id', string="Demands")

    _no_day_twice = models.Constraint(
        "EXCLUDE USING gist (int8range("
        "panel_id::bigint * 1000000 + (date_start - '2000-01-01'::date), "
        "panel_id::bigint * 1000000 + (date_end - '2000-01-01'::date), '[)') WITH &&) "
        "WHERE (state NOT IN ('void', 'undated'))",
        "These days of the panel are in another billing period already.",
    )
    _not_empty = models.Constraint(
        'CHECK (date_end > date_start)', "A billing period has at least one day.")
    _one_undated = models.UniqueIndex(
        "(panel_id) WHERE state = 'undated'", "The panel waits for its first period already.")

    # === COMPUTE METHODS === #

    @api.depends('date_end')
    def _compute_last_day(self):
        for period in self:
            period.last_day = period.date_end and fields.Date.subtract(period.date_end, days=1)

    @api.depends('date_start', 'date_end')
    def _compute_display_name(self):
        for period in self:
            period.display_name = self._range_text(period.date_start, period.date_end)

    # === ACTION METHODS === #

    def action_issue_again(self):
        """Bill the days of a void period again, with a new period and a new invoice."""
        self._check_manager()
        for period in self.sudo():
            if period.state != 'void' or not period.is_dated:
                raise UserError(self.env._("Only a void period can be issued again."))
            period.panel_id._issue_again(period)

    def action_take_back(self):
        """Take granted days back that have not begun."""
        self._check_manager()
        for period in self.sudo():
            period.panel_id._take_back(period)

    def action_open_invoices(self):
        """The invoices of these periods."""
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Invoices"),
            'res_model': 'account.move',
            'view_mode': 'list,form',
            'domain': [('id', 'in', self.sudo().demand_ids.move_id.ids)],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _claim(self, rows):
        """Make periods, each only if its days are free; nothing is made for an unclaimed one.

        :param list rows: dicts with a value for each of CLAIM_COLUMNS that is not empty
        :return: the periods that could be claimed
        """
        if not rows:
            return self.browse()
        values = [tuple(row.get(name) for name in CLAIM_COLUMNS) for row in rows]
        self.env.flush_all()
        claimed = self.env.execute_query(SQL(
            "INSERT INTO tenant_billing_period"
            " (%(names)s, create_uid, create_date, write_uid, write_date)"
            " SELECT v.*, %(user)s, %(now)s, %(user)s, %(now)s"
            " FROM (VALUES %(rows)s) v ON CONFLICT DO NOTHING RETURNING id",
            names=SQL(", ").join(SQL.identifier(name) for name in CLAIM_COLUMNS),
            user=self.env.uid,
            now=fields.Datetime.now(),
            rows=SQL(", ").join(
                SQL("(%s)", SQL(", ").join(self._typed(row))) for row in values),
        ))
        self.env['tenant.panel'].invalidate_model(['period_ids'])
        return self.browse(row_id for row_id, in claimed)

    def _void(self, reason, rebill=False):
        """Take periods out of service and coverage, for ever.

        :param bool rebill: whether their days may be billed again
        """
        self.write({
            'state': 'void', 'settled': False, 'settled_by': False, 'settled_on': False,
            'rebill': rebill, 'reason': reason,
        })

    def _is_live(self):
        self.ensure_one()
        return self.state in ('claimed', 'invoiced')

    def _shields(self):
        """Whether no other period may be made for these days by a run."""
        self.ensure_one()
        return self._is_live() or (self.state == 'void' and self.is_dated and not self.rebill)

    # === HELPERS === #

    @api.model
    def _typed(self, values):
        """Values of CLAIM_COLUMNS with the casts that a VALUES list needs."""
        for name, value in zip(CLAIM_COLUMNS, values, strict=True):
            field = self._fields[name]
            if value is None and field.type == 'boolean':
                value = False
            yield SQL("%s::%s", value, SQL(field.column_type[0]))

    @api.model
    def _range_text(self, start, end):
        if not start or not end:
            return ""
        return self.env._(
            "%(first)s to %(last)s",
            first=start.strftime('%-d %b %Y'),
            last=fields.Date.subtract(end, days=1).strftime('%-d %b %Y'))

    def _check_manager(self):
        self.check_access('read')
        if not self.env.user.has_group('tenant_billing.group_manager'):
            raise UserError(self.env._("Only a Billing Manager may do this."))
