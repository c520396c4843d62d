{
    'name': "Payment Provider: SSLCommerz for Tenant Billing",
    'version': '19.0.1.0.0',
    'summary': "Takes the money of panels' invoices in Bangladesh",
    'description': "The payment provider SSLCommerz. See README.md in this folder.",
    'category': 'Accounting/Payment Providers',
    'author': "Tenant Billing",
    'license': 'LGPL-3',
    'depends': ['tenant_billing', 'account_payment'],
    'data': [
        'security/ir.model.access.csv',
        'security/gateway_message_security.xml',
        'views/payment_sslcommerz_templates.xml',
        'views/payment_provider_views.xml',
        'views/payment_transaction_views.xml',
        'views/gateway_message_views.xml',
        'data/payment_method_data.xml',
        'data/payment_provider_data.xml',  # depends on the templates and the methods
        'data/scheduled_actions.xml',
    ],
    'demo': ['demo/demo.xml'],
    'post_init_hook': 'post_init_hook',
    'uninstall_hook': 'uninstall_hook',
}
