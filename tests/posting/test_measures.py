"""Parcels, weights and volumes of the lines of a document (D-113, D-114)."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from webapp.posting.measures import Measures, PerUnit, measures_of

CRATE = PerUnit(D(6), D("1.5"), D("1.7"), D("0.02"))
LOOSE = PerUnit(D(0), D(2), D(2), D(0))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], Measures()),
        ([(D(12), CRATE)], Measures(D(2), D(18), D("20.4"), D("0.24"))),
        ([(D(13), CRATE)], Measures(D(3), D("19.5"), D("22.1"), D("0.26"))),
        ([(D(1), CRATE), (D(1), CRATE)], Measures(D(2), D(3), D("3.4"), D("0.04"))),  # each line has parcels of its own
        ([(D("0.5"), CRATE), (D(3), LOOSE)], Measures(D(1), D("6.75"), D("6.85"), D("0.01"))),
        ([(D(13), CRATE), (D(-13), CRATE)], Measures()),  # undone
        ([(D(0), CRATE)], Measures()),
    ],
)
def test_what_lines_measure_together(parts: list[tuple[D, PerUnit]], expected: Measures) -> None:
    assert measures_of(parts) == expected
