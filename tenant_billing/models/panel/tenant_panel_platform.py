from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.tenant_billing.exceptions import ConflictError


class TenantPanel(models.Model):
    """Ordering by the names that a hosting platform uses."""

    _inherit = 'tenant.panel'

    # === ACTION METHODS === #

    @api.model
    def action_order_by_names(self, external_id, plan, tenant, name=None, company_id=None):
        """Order a panel; the same again gives the same panel.

        :param str external_id: the platform's name for the panel, unique in the company
        :param str plan: code of the plan
        :param dict tenant: `external_id` (the customer's reference) or `email`; a customer known
            by its address alone takes the reference; with `name` one that does not exist yet is
            made
        :param str name: of the panel; the customer's name by default
        :param int company_id: the company; the caller's by default
        :return: the panel
        :raise UserError: when plan or tenant are not found
        :raise ConflictError: when the external id stands for another order
        """
        self.check_access('create')
        company = self.env['res.company'].browse(company_id) or self.env.company
        if company not in self.env.companies:
            raise AccessError(self.env._("This company is not yours."))
        return self._order_by_names(company, external_id, plan, tenant, name)[0]

    # === BUSINESS METHODS === #

    @api.model
    def _order_by_names(self, company, external_id, plan, tenant, name=None):
        """As `action_order_by_names`.

        :return: the panel, and whether it is new
        """
        self._check_names(external_id, plan, tenant, name)
        self._meet_others(company, f'panel:{external_id}')
        panel = self.search(
            [('company_id', '=', company.id), ('external_id', '=', external_id)])
        chosen = self._plan_by_code(company, plan)
        customer = self._customer_by_names(company, **tenant)
        is_new = not panel
        if is_new:
            panel = self.create({
                'name': name or customer.name, 'external_id': external_id,
                'plan_id': chosen.id, 'partner_id': customer.id, 'company_id': company.id})
        elif (panel._plan_at_first(), panel.partner_id) != (chosen, customer):
            raise ConflictError(self.env._(
                "The external id %s stands for a panel of another plan or tenant.", external_id))
        panel.action_order()
        return panel, is_new

    # === HELPERS === #

    @api.model
    def _check_names(self, external_id, plan, tenant, name):
        """What comes by RPC was held against no schema."""
        if not isinstance(tenant, dict) or set(tenant) - {'external_id', 'email', 'name'}:
            raise UserError(self.env._("Name the tenant by external_id or email, and name."))
        texts = [external_id, plan, *tenant.values(), *([] if name is None else [name])]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise UserError(self.env._("External id, plan, tenant and name are texts."))

    def _plan_at_first(self):
        """The plan that was ordered, whatever came after it."""
        first = self.sudo().subscription_ids.sorted(lambda s: (s.date_from, s.id))[:1]
        return first.plan_version_id.plan_id.with_env(self.env) or self.plan_id

    @api.model
    def _plan_by_code(self, company, code):
        plan = self.env['tenant.plan'].search(
            [('company_id', '=', company.id), ('code', '=', code)])
        if not plan:
            raise UserError(self.env._("There is no plan with the code %s.", code))
        return plan

    @api.model
    def _customer_by_names(self, company, external_id=None, email=None, name=None):
        partners = self.env['res.partner']
        address = email and email_normalize(email)
        if not external_id and not address:
            raise UserError(self.env._("Name the tenant by its external id or its e-mail address."))
        self._meet_others(company, f'tenant:{external_id or address}')
        ours = Domain('company_id', 'in', (False, company.id))
        found = external_id and partners.search(ours & Domain('ref', '=', external_id))
        if not found and address:
            found = partners.search(ours & Domain('email_normalized', '=', address))
            if external_id:  # whoever has another reference is another customer
                found = found.filtered(lambda p: not p.commercial_partner_id.ref)
        if len(found) > 1:  # people of one customer may share its address
            found = found.filtered(lambda p: p == p.commercial_partner_id) or found
        if len(found) > 1:
            raise ConflictError(self.env._(
                "Several customers are called %s: give each its own reference.",
                external_id or email))
        if found and external_id and found.ref != external_id:
            found.ref = external_id  # known by its address until now
        if not found and (not name or not partners.has_access('create')):
            raise UserError(self.env._(
                "There is no tenant %s. Send its name too, and it is made.", external_id or email))
        return found or partners.create({
            'name': name, 'ref': external_id, 'email': email, 'company_id': company.id})

    @api.model
    def _meet_others(self, company, what):
        """Two who make the same thing at the same moment collide here, and the second starts
        anew and finds what the first has made."""
        self.env['tenant.api.answer'].sudo()._claim(f'company:{company.id}', what)
