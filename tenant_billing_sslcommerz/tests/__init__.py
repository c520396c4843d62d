from . import test_signature_vectors
from . import test_acceptance_rules
from . import test_payment_session
from . import test_payment_answers
from . import test_gateway_messages
from . import test_provider_setup
from . import test_secrets_in_log
from .routes import *
