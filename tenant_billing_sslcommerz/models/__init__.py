from . import payment_provider
from . import gateway_message
from . import payment_transaction
from . import payment_transaction_answers
from . import tenant_billing_audit
