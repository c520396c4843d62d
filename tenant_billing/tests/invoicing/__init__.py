from . import test_first_loop
