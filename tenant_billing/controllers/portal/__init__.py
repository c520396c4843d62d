from . import panels
from . import panel
from . import pay
