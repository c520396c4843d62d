"""Which row of a rate card prices what (R27).

A row has a value or a wildcard (None) for each dimension. Of the rows that match, the one with
most values wins, however old; of two with as many, the one whose values stand further left.
Rows with the same values follow each other by `valid_from`; one with tiers waits for the next
segment, for a tier counts the usage of a whole one.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple


class Stay(NamedTuple):
    """A row and the days `[start, end)` of a segment on which it is in force."""

    row: Any
    start: date
    end: date


def validate(rows: Sequence) -> None:
    """:raises ValueError: in plain English, if the rows make no rate card"""
    if not any(not _pattern(row) for row in rows):
        raise ValueError(
            "A rate card needs a row for any value, so that everything that is used has a price.")
    if len({row.model.code for row in rows}) > 1:
        raise ValueError("All rows of a rate card use the same charge model.")
    seen = set()
    for row in rows:
        if (_pattern(row), row.valid_from) in seen:
            raise ValueError(f"Two rows of the rate card have the same values and the same first "
                             f"day: {', '.join(value or 'any' for value in row.dimensions)}.")
        seen.add((_pattern(row), row.valid_from))


class RateCard:
    """The rows that are in force on days of a segment `[start, end)`."""

    def __init__(self, rows: Iterable, start: date, end: date, charge: str = ''):
        """:param charge: what messages name"""
        ordered = sorted(rows, key=lambda row: (_order(row), row.valid_from))
        self.charge = charge
        self.stays = [stay for _key, same in groupby(ordered, key=_order)
                      for stay in _succession(same, start, end)]
        self._matching = {}

    def stay_on(self, dimensions: tuple[str, ...], day: date) -> Stay:
        """The stay whose row prices usage with these dimensions on that day.

        :raises ValueError: if no row does
        """
        if dimensions not in self._matching:
            self._matching[dimensions] = sorted(
                (stay for stay in self.stays if _matches(stay.row, dimensions)),
                key=lambda stay: specificity(stay.row), reverse=True)
        for stay in self._matching[dimensions]:
            if stay.start <= day < stay.end:
                return stay
        what = ', '.join(filter(None, dimensions)) or 'usage'
        raise ValueError(f"The charge {self.charge} has no price for {what} on {day}.")


def specificity(row) -> tuple[int, tuple[bool, ...]]:
    """The greater one wins: the number of values, then which of them stand further left."""
    given = tuple(value is not None for value in row.dimensions)
    return sum(given), given


def _succession(rows, start, end):
    """The stays of rows with the same values, by their first day."""
    row, since, found = None, start, []
    for later in rows:
        if later.valid_from <= start:
            row = later
        elif later.valid_from < end and not later.model.tiered:
            if row:
                found.append(Stay(row, since, later.valid_from))
            row, since = later, later.valid_from
    return [*found, Stay(row, since, end)] if row else found


def _pattern(row):
    """The row's values, without wildcards on the right."""
    values = list(row.dimensions)
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


def _order(row):
    return [(value is not None, value or '') for value in _pattern(row)]


def _matches(row, dimensions):
    pattern = _pattern(row)
    return len(pattern) <= len(dimensions) and all(
        value is None or value == actual
        for value, actual in zip(pattern, dimensions, strict=False))
