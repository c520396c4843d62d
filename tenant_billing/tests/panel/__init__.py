from . import test_lifecycle_moves
