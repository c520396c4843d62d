"""What Stripe calls things, and where it is found."""

import re

CODE = 'stripe'

# === ADDRESSES === #

API_URL = 'https://api.stripe.com'
# The server's configuration file may name a stand-in on this machine for the test state.
BASE_URL_OPTION = 'tenant_billing_stripe_base_url'
WEBHOOK_ROUTE = '/api/billing/stripe/webhook'
STATUS_ROUTE = '/payment/status'

TIMEOUT = 10  # seconds for one request
NETWORK_RETRIES = 2  # by the SDK, with the same idempotency key
BODY_LIMIT = 1024 * 1024  # bytes of an event; invoices are long
TOLERANCE = 300  # seconds that the clock of a signature may differ, both ways
PAGE = 100  # rows of one answer

# === SHAPES === #

EVENT_ID = re.compile(r'evt_\w{1,250}', re.ASCII)
EVENT_TYPE = re.compile(r'[a-z0-9_.]{1,100}')
# What an id may be that goes into the address of a request.
OBJECT_ID = re.compile(r'[A-Za-z]{2,12}_\w{1,250}', re.ASCII)

# === EVENTS === #

# What the endpoint is made for; others are acknowledged and change nothing.
INTENT_EVENTS = (
    'payment_intent.processing', 'payment_intent.amount_capturable_updated',
    'payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled',
)
SETUP_EVENTS = ('setup_intent.succeeded',)
REFUND_EVENTS = ('charge.refunded', 'charge.refund.updated')
DISPUTE_EVENTS = ('charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed')
INVOICE_EVENTS = ('invoice.paid', 'invoice.payment_succeeded', 'invoice.payment_failed')
SUBSCRIPTION_EVENTS = ('customer.subscription.updated', 'customer.subscription.deleted')
CUSTOMER_EVENTS = ('customer.updated', 'customer.deleted')
EVENTS = (
    *INTENT_EVENTS, *SETUP_EVENTS, *REFUND_EVENTS, *DISPUTE_EVENTS, *INVOICE_EVENTS,
    *SUBSCRIPTION_EVENTS, *CUSTOMER_EVENTS,
)

# === STATUSES === #

SUCCEEDED = 'succeeded'
UNTRIED = 'requires_payment_method'
WAITS_FOR_PAYER = 'requires_action'
NEEDS_PAYER = 'authentication_required'  # an error's code: the payer's bank asks for 3-D Secure
CANCELED = 'canceled'
REFUND_FAILED = ('failed', 'canceled')
DISPUTE_WON = ('won', 'warning_closed')  # the money stays, or came back
DISPUTE_LOST = ('lost',)
# An inquiry of the bank: no money has moved yet.
DISPUTE_INQUIRY = ('warning_needs_response', 'warning_under_review')
