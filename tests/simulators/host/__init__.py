"""A hosting platform on this machine, in small: it hears webhooks, makes panels, stops and starts
them. It knows nothing of our addons."""

from .platform import Platform
from .server import serve
from .signature import Forged, verify
