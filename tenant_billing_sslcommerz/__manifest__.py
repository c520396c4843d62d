{
    'name': "Payment Provider: SSLCommerz for Tenant Billing",
    'version': '19.0.1.0.0',
    'summary': "Takes the money of panels' invoices in Bangladesh",
    'description': "The payment provider SSLCommerz. See README.md in this folder.",
    'category': 'Accounting/Payment Providers',
    'author': "Tenant Billing",
    'license': 'LGPL-3',
    'depends': ['tenant_billing'],
}
