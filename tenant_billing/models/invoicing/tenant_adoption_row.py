from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, format_date

from odoo.addons.tenant_billing.models.invoicing.tenant_adoption import READY

LONGEST_AGO = 366  # days: an earlier paid-through date would bill more than a year at once
FARTHEST = 3660


class Known(NamedTuple):
    """What the rows of one file may meet here, read together."""

    plans: dict  # by code
    partners: dict  # by external reference, e-mail and name
    panels: dict  # by external ID
    covers: dict  # last adopted day by panel
    openings: dict  # what was brought along as owed, by panel


class TenantAdoptionRow(models.Model):
    """A line of the file, and what became of it."""

    _name = 'tenant.adoption.row'
    _description = "Panel to Adopt"
    _order = 'adoption_id desc, line, id'
    _rec_name = 'external_id'

    adoption_id = fields.Many2one(
        'tenant.adoption', required=True, index=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(related='adoption_id.company_id', store=True, index=True)
    line = fields.Integer(readonly=True)
    external_id = fields.Char(string="External ID", readonly=True)
    panel_name = fields.Char(readonly=True)
    tenant = fields.Char(string="Tenant in File", readonly=True)
    plan_code = fields.Char(readonly=True)
    paid_through = fields.Date(
        readonly=True, help="Service day: the last one that was paid in the old books.")
    owed = fields.Monetary(readonly=True, help="With tax, from before.")
    currency_id = fields.Many2one('res.currency', readonly=True)
    partner_id = fields.Many2one('res.partner', string="Tenant", readonly=True)
    plan_id = fields.Many2one('tenant.plan', readonly=True)
    panel_id = fields.Many2one('tenant.panel', readonly=True, index='btree_not_null')
    verdict = fields.Selection(
        [
            ('new', "Will be made"), ('link', "Will be linked"), ('done', "Imported"),
            ('same', "Here already"), ('different', "Here, but differs"), ('bad', "Left out"),
        ],
        required=True, readonly=True, index=True,
        help="Will be linked: a panel with this external ID was entered here and not ordered yet.")
    message = fields.Text(string="Result", readonly=True)

    # === BUSINESS METHODS: the verdict === #

    def _judge(self):
        """What an import would do with these rows today; those left out stay so."""
        for adoption, rows in self.grouped('adoption_id').items():
            rows = rows.filtered(lambda row: row.verdict in READY)
            known = rows._look_up(adoption.company_id)
            for row in rows:
                row.write(row._verdict(known))

    def _look_up(self, company):
        """All that the rows name, with a fixed number of queries."""
        panels = self.env['tenant.panel'].search(
            [('company_id', '=', company.id), ('external_id', 'in', self.mapped('external_id'))])
        covers = self.env['tenant.billing.period'].search(
            [('panel_id', 'in', panels.ids), ('kind', '=', 'adopted'), ('state', '!=', 'void')])
        openings = self.env['tenant.billing.demand']._read_group(
            [('panel_id', 'in', panels.ids), ('move_id.tenant_is_opening', '=', True)],
            ['panel_id'], ['amount:sum'])
        plans = self.env['tenant.plan'].search(
            [('company_id', '=', company.id), ('code', 'in', self.mapped('plan_code'))])
        return Known(
            plans={plan.code: plan for plan in plans},
            partners=self._look_up_partners(company),
            panels={panel.external_id: panel for panel in panels},
            covers={period.panel_id: period.last_day for period in covers},
            openings=dict(openings),
        )

    def _look_up_partners(self, company):
        names = self.mapped('tenant')
        emails = {email for name in names if (email := email_normalize(name))}
        found = self.env['res.partner'].search(
            Domain('company_id', 'in', (company.id, False)) & (
                Domain('ref', 'in', names) | Domain('name', 'in', names)
                | Domain('email_normalized', 'in', list(emails))))
        partners = {}
        for kind in ('ref', 'email_normalized', 'name'):
            for value, group in found.grouped(kind).items():
                partners[kind, value] = group
        return partners

    def _verdict(self, known):
        """Values of the row: what it means here, and what an import would do with it."""
        self.ensure_one()
        plan = known.plans.get(self.plan_code, self.env['tenant.plan'])
        partner, trouble = self._find_tenant(known)
        today = self.company_id._tenant_today(
            partner.commercial_partner_id.tenant_profile_ids[:1].tz)
        version = plan._version_on_sale(today) if plan else plan.version_ids
        panel = known.panels.get(self.external_id)
        trouble = trouble or self._find_trouble(version, today)
        values = {
            'partner_id': partner.id, 'plan_id': plan.id, 'panel_id': panel.id if panel else False,
            'currency_id': version.currency_id.id or self.currency_id.id,
        }
        if trouble:
            return {**values, 'verdict': 'bad', 'message': trouble}
        if panel:
            return {**values, **self._compare(panel, partner, plan, known)}
        return {**values, 'verdict': 'new', 'message': self._outlook(version, today)}

    def _find_tenant(self, known):
        """The customer by reference, e-mail or name, or what hinders."""
        email = email_normalize(self.tenant)
        for key in (('ref', self.tenant), ('email_normalized', email), ('name', self.tenant)):
            found = known.partners.get(key) if key[1] else None
            if not found:
                continue
            customers = found.commercial_partner_id
            if len(customers) > 1:
                return found.browse(), self.env._(
                    "%(count)s customers are called %(tenant)s. Give one of them an external "
                    "reference, and write it here.", count=len(customers), tenant=self.tenant)
            return (customers if customers in found else found.sorted('id')[:1]), ""
        return self.env['res.partner'], self.env._(
            "No tenant has the reference, e-mail or name %s. Create the contact first.",
            self.tenant)

    def _find_trouble(self, version, today):
        """What else speaks against the row."""
        if not version:
            return self.env._(
                "No plan with the code %s is on sale in this company.", self.plan_code)
        if self.paid_through < fields.Date.subtract(today, days=LONGEST_AGO):
            return self.env._(
                "The paid-through date lies more than a year back: everything since then would "
                "be invoiced at once.")
        if self.paid_through > fields.Date.add(today, days=FARTHEST):
            return self.env._("The paid-through date lies more than ten years ahead.")
        return ""

    def _compare(self, panel, partner, plan, known):
        """A panel with this external ID is here: nothing of it is changed."""
        here = {
            'tenant': panel.partner_id.commercial_partner_id, 'plan': panel.plan_id,
            'name': panel.name}
        there = {
            'tenant': partner.commercial_partner_id, 'plan': plan, 'name': self.panel_name}
        if panel.ordered_on:
            money = self.currency_id
            here |= {'day': known.covers.get(panel),
                     'owed': money.round(known.openings.get(panel, 0.0))}
            there |= {'day': self.paid_through, 'owed': money.round(self.owed)}
        differing = [
            self._difference(what, here[what], there[what])
            for what in here if here[what] != there[what]]
        if differing:
            return {'verdict': 'different', 'message': self.env._(
                "Nothing was changed: %s.", "; ".join(differing))}
        return {'verdict': 'same', 'message': ""} if panel.ordered_on else {
            'verdict': 'link', 'message': ""}

    def _outlook(self, version, today):
        """What follows from the row, where it is not plain."""
        start, count = fields.Date.add(self.paid_through, days=1), 0
        anchor = start
        while start <= today:
            start = version._span_from(start, anchor).end
            count += 1
        if not count or version._is_free():
            return ""
        return self.env._(
            "Paid through a day that has passed: %s periods are invoiced at once.", count)

    def _difference(self, what, here, there):
        """A difference in words."""
        label, text = {
            'tenant': (self.env._("tenant"), lambda partner: partner.display_name),
            'plan': (self.env._("plan"), lambda plan: plan.code),
            'name': (self.env._("name"), lambda name: name),
            'day': (self.env._("paid-through date"), self._day),
            'owed': (self.env._("amount owed"), self.currency_id.format),
        }[what]
        return self.env._(
            "%(what)s is %(here)s here and %(file)s in the file",
            what=label, here=text(here), file=text(there))

    def _day(self, day):
        return format_date(self.env, day) if day else self.env._("nothing")

    # === BUSINESS METHODS: the import === #

    def _import(self):
        """Bring these rows in, as far as they are still good."""
        self._judge()
        ready = self.filtered(lambda row: row.verdict in READY)
        made = self.env['tenant.panel'].create([
            row._panel_vals() for row in ready if not row.panel_id])
        for row, panel in zip(ready.filtered(lambda r: not r.panel_id), made, strict=True):
            row.panel_id = panel
        ready.panel_id._adopt({row.panel_id: row.paid_through for row in ready})
        self.env['tenant.invoice.builder']._issue_openings(ready.filtered('owed'))
        ready.panel_id._refresh()
        ready.verdict = 'done'

    def _panel_vals(self):
        return {
            'name': self.panel_name,
            'external_id': self.external_id,
            'company_id': self.company_id.id,
            'partner_id': self.partner_id.id,
            'plan_id': self.plan_id.id,
        }

    def _set_aside(self, error):
        """Law 9: a row that could not be brought in is left out and says why."""
        self.write({'verdict': 'bad', 'message': error})
