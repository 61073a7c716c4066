"""What the lines of a document weigh and take up, and how many parcels they make (D-113, D-114)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from webapp.posting.snapshot import ZERO, Item, Line

__all__ = ["MEASURED", "NOTHING", "Measures", "PerUnit", "measures_of", "per_unit"]

MEASURED = ("units_per_parcel", "net_weight", "gross_weight", "unit_volume")


class PerUnit(NamedTuple):
    """What an item says of one base unit, in the order of `MEASURED`: weights in kg, the volume in m³; 0
    says nothing."""

    units_per_parcel: Decimal = ZERO
    net_weight: Decimal = ZERO
    gross_weight: Decimal = ZERO
    unit_volume: Decimal = ZERO


class Measures(NamedTuple):
    """The sums of a document: weights in kg, the volume in m³."""

    parcels: Decimal = ZERO
    net_weight: Decimal = ZERO
    gross_weight: Decimal = ZERO
    volume: Decimal = ZERO


NO_UNIT, NOTHING = PerUnit(), Measures()


def per_unit(line: Line, items: Mapping[str, Item]) -> PerUnit:
    """What a posted line keeps: as the item says today, but for a line that takes a posted one back, which keeps what
    that one said (D-114)."""
    if line.type != "item":
        return NO_UNIT
    posted = PerUnit(line.units_per_parcel, line.net_weight, line.gross_weight, line.unit_volume)
    item = items.get(line.no)
    if item is None or any(posted):
        return posted
    return PerUnit(item.units_per_parcel, item.net_weight, item.gross_weight, item.unit_volume)


def measures_of(parts: Iterable[tuple[Decimal, PerUnit]]) -> Measures:
    """The sums over lines, each as its quantity in base units and what one unit measures. Each line fills parcels of
    its own, the last one in part; what takes a line back takes back its parcels."""
    parcels = net = gross = volume = ZERO
    for quantity, unit in parts:
        if unit.units_per_parcel:
            filled = (abs(quantity) / unit.units_per_parcel).to_integral_value(ROUND_CEILING)
            parcels += filled.copy_sign(quantity) if quantity else ZERO
        net += quantity * unit.net_weight
        gross += quantity * unit.gross_weight
        volume += quantity * unit.unit_volume
    return Measures(parcels, net, gross, volume)
