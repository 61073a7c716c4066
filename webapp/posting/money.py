"""Exact rounding of money, prices and quantities (P-1, P-2)."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal

_CONTEXT = Context(prec=60)
_MODES = {"nearest": ROUND_HALF_UP, "up": ROUND_UP, "down": ROUND_DOWN}
_POWERS = {Decimal(1).scaleb(-n): Decimal(1).scaleb(-n) for n in range(8)}


def round_to(value: Decimal, precision: Decimal, direction: str = "nearest") -> Decimal:
    """`value` as a multiple of `precision` (P-2): nearest with halves away from zero, up away from zero, down to it.

    The sign plays no role: −2.345 becomes −2.35 (nearest), −2.35 (up), −2.34 (down).
    """
    mode = _MODES[direction]
    power = _POWERS.get(precision)
    if power is not None:
        return value.quantize(power, mode, _CONTEXT)
    return (_CONTEXT.divide(value, precision)).quantize(Decimal(1), mode, _CONTEXT) * precision
