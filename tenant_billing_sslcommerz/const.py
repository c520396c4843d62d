"""What SSLCommerz calls things, and where it is found."""

CODE = 'sslcommerz'

# === ADDRESSES === #

LIVE_URL = 'https://securepay.sslcommerz.com'
SANDBOX_URL = 'https://sandbox.sslcommerz.com'
PAGE_HOST = '.sslcommerz.com'  # how the host of a payment page ends
# The server's configuration file may name a simulator on this machine for the test state.
BASE_URL_OPTION = 'tenant_billing_sslcommerz_base_url'
LOOPBACK = ('127.0.0.1', 'localhost', '::1')

SESSION_PATH = '/gwprocess/v4/api.php'
VALIDATION_PATH = '/validator/api/validationserverAPI.php'
QUERY_PATH = '/validator/api/merchantTransIDvalidationAPI.php'

RETURN_ROUTE = '/payment/sslcommerz/return'
IPN_ROUTE = '/payment/sslcommerz/ipn'
STATUS_ROUTE = '/payment/status'

TIMEOUT = 10  # seconds for one request; the tenant waits for the first one
BODY_LIMIT = 64 * 1024  # bytes of a callback

# === WHAT THE GATEWAY TAKES === #

# Others than BDT are converted by the gateway.
SUPPORTED_CURRENCIES = ('BDT', 'EUR', 'GBP', 'INR', 'MYR', 'SGD', 'USD')
# Lowest and highest amount of one payment, for the currency in which the gateway states them.
BOUNDS = {'BDT': (10, 500000)}
REFERENCE_LENGTH = 30
GATEWAYS_LENGTH = 30  # of the list of ways to pay that a page offers
SETTLED_IN = 'BDT'  # captured amounts, fees and refunds

# === PAYMENT METHODS === #

# One primary method, so that a tenant presses one button; the page offers the rest.
PRIMARY_METHOD = 'sslcommerz'
# How the gateway's `card_type` begins, and the brand that it is. The first that fits counts.
BRANDS = (
    ('BKASH', 'sslcommerz_bkash'),
    ('NAGAD', 'sslcommerz_nagad'),
    ('DBBLMOBILE', 'sslcommerz_rocket'),
    ('ROCKET', 'sslcommerz_rocket'),
    ('UPAY', 'sslcommerz_upay'),
    ('VISA', 'sslcommerz_cards'),
    ('MASTER', 'sslcommerz_cards'),
    ('AMEX', 'sslcommerz_cards'),
    ('UNIONPAY', 'sslcommerz_cards'),
)
DEFAULT_PAYMENT_METHOD_CODES = {PRIMARY_METHOD, *(code for _start, code in BRANDS)}

# === STATUSES === #

PAID = ('VALID', 'VALIDATED')
FAILED = ('FAILED',)
CANCELLED = ('CANCELLED', 'EXPIRED', 'UNATTEMPTED')
PENDING = ('PENDING',)
# Of refunds: what our request is answered with, and then our question what became of it.
REFUND_ACCEPTED = ('success', 'processing')
REFUND_REFUSED = ('failed',)
REFUNDED = ('refunded',)
REFUND_CANCELLED = ('cancelled',)
KNOWN_STATUSES = (*PAID, *FAILED, *CANCELLED, *PENDING)
