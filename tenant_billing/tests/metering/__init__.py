from . import test_meters
from . import test_usage_verdicts
from . import test_usage_corrections
from . import test_usage_totals
from . import test_usage_keeping
from . import test_limits
