"""For how long a panel ran, by hand."""

from datetime import datetime
from fractions import Fraction

import pytest

from odoo.addons.tenant_billing.engine.active_hours import active_hours

START, END = datetime(2026, 1, 1), datetime(2026, 1, 2)


def at(hour, minute=0, second=0, day=1):
    return datetime(2026, 1, day, hour, minute, second)


@pytest.mark.parametrize(('changes', 'hours'), [
    ([], 0),
    ([(at(6), 'creating')], 0),
    ([(at(6), 'active')], 18),
    ([(at(0), 'active')], 24),
    ([(datetime(2025, 12, 1), 'active')], 24),
    ([(datetime(2025, 12, 1), 'active'), (datetime(2025, 12, 2), 'suspended')], 0),
    ([(datetime(2025, 12, 1), 'active'), (at(6), 'grace'), (at(18), 'suspended')], 18),
    ([(at(1), 'active'), (at(2, 0, 1), 'suspended'), (at(3), 'active'), (at(4), 'closed')],
     Fraction(7201, 3600)),
    ([(at(5), 'active'), (at(5), 'suspended')], 0),  # of one second the later one counts
    ([(at(5), 'suspended'), (at(5), 'active')], 19),
    ([(at(1, day=2), 'active')], 0),
])
def test_by_hand(changes, hours):
    assert active_hours(changes, START, END) == hours


def test_parts_add_up():
    changes = [(at(2, 7, 9), 'active'), (at(11), 'suspended'), (at(13, 0, 1), 'grace')]
    cut = at(12, 30, 30)
    assert active_hours(changes, START, cut) + active_hours(changes, cut, END) == (
        active_hours(changes, START, END))
