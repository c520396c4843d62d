from . import main
from . import stripe
