from . import panels
from . import panel
from . import keys
from . import pay
