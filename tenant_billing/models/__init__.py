# The order is the order of the rooms: each may use those above it, none below.
from . import oversight
from . import catalog
from . import panel
from . import metering
from . import invoicing
from . import collection
