"""Billing arithmetic in plain Python: dates and `Decimal`, standard library only, never the ORM."""
