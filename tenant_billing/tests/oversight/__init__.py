from . import test_neighbour
