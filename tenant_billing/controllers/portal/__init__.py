from . import panels
from . import panel
