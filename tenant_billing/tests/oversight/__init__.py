from . import test_neighbour
from . import test_kept_apart
from . import test_self_audit
from . import test_outbound
from . import test_webhook_delivery
from . import test_webhook_secrets
