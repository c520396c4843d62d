from . import panels
from . import panel
from . import usage
from . import keys
from . import pay
