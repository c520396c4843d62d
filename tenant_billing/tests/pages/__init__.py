from . import test_backend_pages
from . import test_pay_pages
