from .catalog import *
from .panel import *
from .invoicing import *
from .collection import *
from .oversight import *
from .pages import *
from .portal import *
from .api import *
