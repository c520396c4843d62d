from odoo import api, models

# name of the constraint in pg_constraint or the index, by table
LAWS_IN_THE_DATABASE = (
    ('tenant_billing_period', 'tenant_billing_period_no_day_twice'),
    ('tenant_billing_period', 'tenant_billing_period_not_empty'),
    ('tenant_billing_period', 'tenant_billing_period_one_undated'),
    ('tenant_billing_demand', 'tenant_billing_demand_one_per_direction'),
    ('tenant_rated_line', 'tenant_rated_line_one_per_document'),
    ('tenant_panel', 'tenant_panel_unique_external_id'),
    ('tenant_subscription', 'tenant_subscription_one_open'),
    ('tenant_usage_key', 'tenant_usage_key_pkey'),
    ('res_company', 'res_company_tenant_usage_keys_outlive'),
)


class TenantBillingAudit(models.Model):
    _inherit = 'tenant.billing.audit'

    @api.model
    def _checks(self):
        return {
            **super()._checks(),
            'law_in_database': self._check_laws,
            'books': self._check_books,
            'derived': self._check_derived,
            'draft_payment': self._check_draft_payments,
            'dead_but_owed': self._check_dead_but_owed,
            'test_money': self._check_test_money,
            'no_period': self._check_running_without_period,
        }

    @api.model
    def _check_laws(self):
        """Constraints that an upgrade could not add are only logged by Odoo."""
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype IN ('x', 'c', 'u') "
            "UNION SELECT indexname FROM pg_indexes WHERE indexdef LIKE 'CREATE UNIQUE%'")
        there = {name for name, in self.env.cr.fetchall()}
        for table, name in LAWS_IN_THE_DATABASE:
            if name not in there:
                yield self.env.company, self.env._(
                    "The database does not keep the law %(law)s of %(table)s. Upgrade the addon "
                    "and read the server's log.", law=name, table=table)

    @api.model
    def _check_books(self):
        """Demands that the books contradict: the sweep mends them within minutes."""
        demands = self.env['tenant.billing.demand']
        for demand in demands.browse(demands._different()):
            yield demand, self.env._(
                "The books say otherwise than the demand of %s.", demand.move_id.name)
        for demand in demands.search([('direction', '=', 'advance')]):
            period = demand.period_id
            if period._is_live() and period.settled != (demand.status == 'settled'):
                yield period, self.env._(
                    "Period %(days)s and the demand of %(invoice)s disagree.",
                    days=period.display_name, invoice=demand.move_id.name)

    @api.model
    def _check_derived(self):
        """Dates that are kept for speed must equal what they are derived from."""
        for panel in self.env['tenant.panel'].search([('ordered_on', '!=', False)]):
            wrong = [
                name for name, value in panel._derive().items() if panel[name] != (value or False)]
            for name in wrong:
                yield panel, self.env._(
                    "%(field)s of %(panel)s does not follow from its periods and demands.",
                    field=panel._fields[name].string, panel=panel.name)

    @api.model
    def _check_draft_payments(self):
        self.env.cr.execute(
            """
            SELECT DISTINCT d.id
              FROM tenant_billing_demand d
              JOIN account_move_line line ON line.move_id = d.move_id
              JOIN account_partial_reconcile part ON part.debit_move_id = line.id
              JOIN account_move_line cl ON cl.id = part.credit_move_id
              JOIN account_move c ON c.id = cl.move_id
             WHERE d.status = 'settled' AND c.state = 'draft'
            """)
        for demand in self.env['tenant.billing.demand'].browse(
                row[0] for row in self.env.cr.fetchall()):
            yield demand, self.env._(
                "A payment of %s is in draft: post it again or cancel it.", demand.move_id.name)

    @api.model
    def _check_dead_but_owed(self):
        """A credit note took the demand back, but was used for something else."""
        for demand in self.env['tenant.billing.demand'].search(
                [('status', '=', 'dead'), ('move_id.state', '=', 'posted'),
                 ('move_id.amount_residual', '>', 0)]):
            parts = demand.move_id.tenant_demand_ids.filtered(lambda part: part.status == 'open')
            owed = demand.move_id.amount_residual - sum(parts.mapped('amount_open'))
            if demand.currency_id.compare_amounts(owed, 0) > 0:
                yield demand, self.env._(
                    "%(invoice)s is closed here, but the books still ask %(amount)s for it: match "
                    "it with its credit note, or write it off.", invoice=demand.move_id.name,
                    amount=demand.currency_id._text(owed))

    @api.model
    def _check_test_money(self):
        for demand in self.env['tenant.billing.demand'].search(
                [('status', '=', 'open'), ('amount_open', '=', 0), ('amount', '>', 0),
                 ('move_id.state', '=', 'posted')]):
            yield demand, self.env._(
                "%s is paid with test money, which does not count.", demand.move_id.name)

    @api.model
    def _check_running_without_period(self):
        """A panel that runs on a day that no period covers is never billed for it."""
        for panel in self.env['tenant.panel'].search([('state', 'in', ('active', 'grace'))]):
            today = panel._today()
            covered = any(
                p.date_start <= today < p.date_end for p in panel.period_ids if p._shields())
            if not covered:
                yield panel, self.env._(
                    "%s runs today, but no billing period covers the day.", panel.name)
