import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tenant_billing.engine import adoption_file

READY = ('new', 'link')
COUNTED = {
    'ready_count': READY, 'done_count': ('done',), 'same_count': ('same',),
    'bad_count': ('bad', 'different'),
}


class TenantAdoption(models.Model):
    """A file of panels that run elsewhere already: looked at first, then brought in."""

    _name = 'tenant.adoption'
    _description = "Adoption of Panels"
    _order = 'id desc'
    _rec_name = 'filename'
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    file = fields.Binary(string="CSV File", required=True, attachment=True)
    filename = fields.Char(default="panels.csv")
    date_order = fields.Selection(
        [
            ('ymd', "Year-Month-Day: 2026-12-31"),
            ('dmy', "Day/Month/Year: 31/12/2026"),
            ('mdy', "Month/Day/Year: 12/31/2026"),
        ],
        string="Dates", required=True, default='ymd',
        help="How the file writes dates. Year-Month-Day is understood in any case.")
    decimal_sign = fields.Selection(
        [('.', "Point: 1,234.50"), (',', "Comma: 1.234,50")],
        string="Decimals", required=True, default='.')
    opening_account_id = fields.Many2one(
        'account.account', check_company=True,
        domain="[('account_type', 'not in', "
        "('asset_receivable', 'liability_payable', 'off_balance'))]",
        help="Takes the other side of what tenants owe from before: often an opening balance or "
        "clearing account, since the revenue was booked in the old books.")
    due_date = fields.Date(
        string="Due", help="Last day to pay what is owed from before. Afterwards the panel is "
        "overdue, and stopped after the grace of its plan.")
    state = fields.Selection(
        [('draft', "New"), ('checked', "Checked"), ('running', "Importing"), ('done', "Done")],
        required=True, default='draft', readonly=True, copy=False)
    row_ids = fields.One2many('tenant.adoption.row', 'adoption_id', readonly=True, copy=False)
    ready_count = fields.Integer(string="To Import", compute='_compute_counts')
    done_count = fields.Integer(string="Imported", compute='_compute_counts')
    same_count = fields.Integer(string="Here Already", compute='_compute_counts')
    bad_count = fields.Integer(string="Left Out", compute='_compute_counts')

    # === COMPUTE METHODS === #

    @api.depends('row_ids.verdict')
    def _compute_counts(self):
        counts = {
            (adoption.id, verdict): count
            for adoption, verdict, count in self.env['tenant.adoption.row']._read_group(
                [('adoption_id', 'in', self.ids)], ['adoption_id', 'verdict'], ['__count'])}
        for adoption in self:
            for name, verdicts in COUNTED.items():
                adoption[name] = sum(counts.get((adoption.id, verdict), 0) for verdict in verdicts)

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and vals and any(
                adoption.state in ('running', 'done') for adoption in self):
            raise UserError(self.env._(
                "This file was imported. Make a new adoption for another one; what is here "
                "already is left as it is."))
        result = super().write(vals)
        if {'file', 'date_order', 'decimal_sign', 'company_id'} & set(vals):
            self.check_access('write')  # it does not go where its writer may not
            self.sudo().row_ids.unlink()
            self.sudo().state = 'draft'
        return result

    def _has_field_access(self, field, operation):
        if operation == 'write' and field.name in ('state', 'row_ids'):
            return self.env.su
        return super()._has_field_access(field, operation)

    # === ACTION METHODS === #

    def action_check(self):
        """Read the file and say of each row what an import would do. Nothing else is written."""
        self.check_access('write')
        for adoption in self.filtered(lambda a: a.state in ('draft', 'checked')):
            adoption.sudo()._check_file()

    def action_import(self):
        """Import the good rows of a checked file; it goes on in the background."""
        self.check_access('write')
        for adoption in self.filtered(lambda a: a.state == 'checked').sudo():
            adoption._check_opening()
            adoption.state = 'running'
            self.env.ref('tenant_billing.cron_adopt')._trigger()

    # === SCHEDULED ACTION === #

    @api.model
    def _cron_adopt(self):
        """Import what was asked for, slice by slice; run again, it does nothing."""
        self.env['tenant.billing.run']._run_batches(
            'tenant.adoption.row',
            [('adoption_id.state', '=', 'running'), ('verdict', 'in', READY)],
            lambda rows: rows._import())
        finished = self.search([('state', '=', 'running')]).filtered(
            lambda adoption: not adoption.ready_count)
        finished.state = 'done'

    # === HELPERS === #

    def _check_file(self):
        try:
            rows = adoption_file.read(
                base64.b64decode(self.with_context(bin_size=False).file),
                order=self.date_order, decimal=self.decimal_sign)
        except adoption_file.FileProblem as error:
            raise UserError(self._file_sentence(error.problem)) from error
        plans = self.env['tenant.plan'].search([
            ('company_id', '=', self.company_id.id), ('code', 'in', [row.plan for row in rows])])
        currencies = {plan.code: plan.version_ids[:1].currency_id for plan in plans}
        self.row_ids.unlink()
        self.env['tenant.adoption.row'].create([
            self._row_vals(row, currencies.get(row.plan) or self.company_id.currency_id)
            for row in rows])._judge()
        self.state = 'checked'

    def _row_vals(self, row, currency):
        problems = list(row.problems)
        if row.owed and round(float(row.owed), 6) != round(currency.round(float(row.owed)), 6):
            problems.append(adoption_file.Problem(
                'decimals', {'amount': row.owed, 'currency': currency.name}))
        sentences = [self._row_sentence(problem) for problem in problems]
        return {
            'adoption_id': self.id,
            'line': row.line,
            'external_id': row.external_id,
            'panel_name': row.name,
            'tenant': row.tenant,
            'plan_code': row.plan,
            'paid_through': row.paid_through,
            'owed': row.owed or 0,
            'currency_id': currency.id,
            'verdict': 'bad' if sentences else 'new',
            'message': " ".join(sentences),
        }

    def _check_opening(self):
        """What is owed needs an account and a day."""
        if not any(row.owed for row in self.row_ids if row.verdict in READY):
            return
        if not self.opening_account_id or not self.due_date:
            raise UserError(self.env._(
                "Some tenants owe money from before. Choose the opening account and the day on "
                "which that money is due."))
        if self.due_date < self.company_id._tenant_today():
            raise UserError(self.env._(
                "What is owed from before is due today at the earliest: an earlier day could "
                "stop panels at once."))

    def _file_sentence(self, problem):
        code, facts = problem
        if code == 'columns':
            names = self._column_names()
            facts = {'missing': ", ".join(names[name] for name in facts['missing'])}
        return {
            'empty': self.env._("The file holds no panels: a line of column names, then a line "
                                "for each panel."),
            'too_large': self.env._("The file has more than %(most)s MB. Split it."),
            'too_many': self.env._("The file has more than %(most)s panels. Split it."),
            'encoding': self.env._("Line %(line)s is not text in UTF-8. Save the file as "
                                   "\"CSV UTF-8\" and try again."),
            'csv': self.env._("Line %(line)s has a quotation mark that does not fit. A cell in "
                              "quotation marks doubles those inside it."),
            'column_twice': self.env._("The column %(column)s is there twice."),
            'columns': self.env._("The first line must name the columns. Missing: %(missing)s."),
        }[code] % facts

    def _row_sentence(self, problem):
        code, facts = problem
        column = self._column_names().get(facts.get('column'))
        order = dict(self._fields['date_order']._description_selection(self.env))
        sign = dict(self._fields['decimal_sign']._description_selection(self.env))
        return {
            'cells': self.env._("The line has %(found)s cells, the first line has "
                                "%(expected)s."),
            'too_long': self.env._("More than %(most)s characters in %(column)s."),
            'duplicate': self.env._("The same external ID stands in line %(line)s."),
            'missing': self.env._("Nothing in %(column)s."),
            'date': self.env._("%(text)s is no date as chosen above (%(order)s)."),
            'amount': self.env._("%(text)s is no amount as chosen above (%(sign)s)."),
            'decimals': self.env._("%(amount)s has more decimals than %(currency)s."),
            'negative': self.env._("%(text)s is less than nothing. Give credit by a credit note "
                                   "instead."),
        }[code] % {**facts, 'column': column, 'order': order[self.date_order],
                   'sign': sign[self.decimal_sign]}

    def _column_names(self):
        return {
            'external_id': self.env._("external ID"),
            'name': self.env._("panel name"),
            'tenant': self.env._("tenant"),
            'plan': self.env._("plan code"),
            'paid_through': self.env._("paid-through date"),
            'owed': self.env._("amount owed"),
        }
