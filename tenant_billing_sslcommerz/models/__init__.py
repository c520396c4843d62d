from . import payment_provider
from . import payment_provider_setup
from . import gateway_message
from . import payment_transaction
from . import payment_transaction_answers
from . import payment_transaction_refund
from . import tenant_billing_audit
