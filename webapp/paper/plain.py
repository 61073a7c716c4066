"""A document on paper for another process, which reads it without loading the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from webapp.paper.document import Only, Paper, Row

__all__ = ["plain"]


@dataclass(frozen=True, slots=True)
class _Shipped:
    day: date


@dataclass(frozen=True, slots=True)
class _Invoiced:
    line_no: int


@dataclass(frozen=True, slots=True)
class _Supply:
    shipped: _Shipped
    invoiced: _Invoiced
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class _Plain:
    """A posted document that another process can read without loading the program."""

    kind: str
    header: Row
    lines: Sequence[Row]
    item_lines: Sequence[Row]
    vat: Sequence[Row]
    chain: Mapping[str, Sequence[Any]]
    supplies: Sequence[Any]


def plain(paper: Paper) -> Paper:
    """The same paper, for another process."""
    one = paper.document
    supplies = [_Supply(_Shipped(s.shipped.day), _Invoiced(s.invoiced.line_no), s.quantity) for s in one.supplies]
    chain = {"credited": [Only(named.no, named.day) for named in one.chain.get("credited", ())]}
    document = _Plain(one.kind, one.header, one.lines, one.item_lines, one.vat, chain, supplies)
    return Paper(document, paper.words, paper.corrections)
