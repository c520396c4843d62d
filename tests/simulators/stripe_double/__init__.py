"""A stand-in for Stripe in development: the package localstripe, in a process of its own, and this
adapter before it, which adds what localstripe lacks. Nothing of localstripe is imported here."""

from .double import Double
from .server import serve
