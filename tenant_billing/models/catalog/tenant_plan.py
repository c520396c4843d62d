from odoo import api, fields, models
from odoo.exceptions import UserError


class TenantPlan(models.Model):
    _name = 'tenant.plan'
    _description = "Plan"
    _inherit = ['mail.thread']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True, tracking=True, help="The name by which programs know the plan.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    product_id = fields.Many2one(
        'product.product',
        required=True,
        readonly=True,
        ondelete='restrict',
        check_company=True,
        help="Carries the taxes and the income account of this plan's invoice lines.",
    )
    version_ids = fields.One2many('tenant.plan.version', 'plan_id', string="Versions")
    current_version_id = fields.Many2one(
        'tenant.plan.version', string="On Sale", compute='_compute_current_version_id',
        help="The version that an order gets today.",
    )

    _unique_code = models.Constraint(
        'UNIQUE (company_id, code)', "There is a plan with this code already.")

    # === COMPUTE METHODS === #

    @api.depends('version_ids.state', 'version_ids.effective_from')
    def _compute_current_version_id(self):
        for plan in self:
            plan.current_version_id = plan._version_on_sale(plan.company_id._tenant_today())

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get('product_id'):
                vals['product_id'] = self._create_product(vals).id
        return super().create(vals_list)

    def write(self, vals):
        if 'company_id' in vals and self.version_ids:
            raise UserError(self.env._("A plan with versions cannot move to another company."))
        result = super().write(vals)
        if 'company_id' in vals:
            self.check_access('write')  # it does not go where its writer may not
        return result

    # === ACTION METHODS === #

    def action_new_version(self):
        """Open a draft with the terms of the newest version."""
        self.ensure_one()
        self.check_access('write')
        version = self.version_ids[:1].copy({'effective_from': self.company_id._tenant_today()})
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'tenant.plan.version',
            'res_id': version.id,
            'view_mode': 'form',
        }

    # === BUSINESS METHODS === #

    def _version_on_sale(self, day):
        """The newest published version that is in force on a day.

        :rtype: tenant.plan.version, empty when the plan is not on sale
        """
        self.ensure_one()
        return self.version_ids.filtered(
            lambda version: version.state == 'published' and version.effective_from <= day
        ).sorted(lambda version: (version.effective_from, version.id))[-1:]

    def _require_version_on_sale(self, day):
        """:raise UserError: when no version is published for that day"""
        version = self._version_on_sale(day)
        if not version or not self.active:
            raise UserError(self.env._(
                "The plan %(plan)s is not on sale on %(day)s: publish a version, and do not "
                "archive the plan.",
                plan=self.name, day=day))
        return version

    # === HELPERS === #

    @api.model
    def _create_product(self, vals):
        company = self.env['res.company'].browse(vals.get('company_id')) or self.env.company
        return self.env['product.product'].sudo().with_company(company).create({
            'name': vals.get('name'),
            'type': 'service',
            'company_id': company.id,
            'sale_ok': True,
            'purchase_ok': False,
            'list_price': 0.0,
        })
