from . import test_backend_pages
