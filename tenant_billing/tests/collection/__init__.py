from . import test_reminders
from . import test_two_worlds
