"""A sandbox of the SSLCommerz v4 endpoints on this machine. It knows nothing of our addons."""

from .sandbox import Sandbox
from .server import serve
from .signing import sign
