"""How findings are told: what several lines have in common once, and counted once (D-66, D-83)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.posting.findings import Finding

__all__ = ["Told", "told_once"]

# The record of these is the line itself, which tells one finding from the next of the same kind.
OPEN_TABLES = ("service_header", "service_line", "service_item_line", "service_contract_line")


@dataclass(frozen=True, slots=True)
class Told:
    """Findings that say the same of several lines, told once; of one place only it is that finding as it is."""

    findings: Sequence[Finding]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def several(self) -> bool:
        return len(self.findings) > 1

    @property
    def message(self) -> str:
        return _without_line(self.first) if self.several else self.first.message

    @property
    def same_place(self) -> bool:
        """Whether all are mended in one place, such as a row of set-up."""
        return bool(self.first.link) and len({found.link for found in self.findings}) == 1


def told_once(found: Iterable[Finding]) -> list[Told]:
    """The findings in their order, those together that say the same of other lines. So many they are wherever they are
    counted: a problem that four lines share is one problem, with four lines."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for one in found:
        record = "" if one.table in OPEN_TABLES else one.record
        same = (one.code, one.severity, one.document, one.table, record, _without_line(one), one.remedy)
        groups.setdefault(same if one.line is not None else (*same, str(id(one))), []).append(one)
    return [Told(group) for group in groups.values()]


def _without_line(found: Finding) -> str:
    return found.message.removeprefix(f"Line {found.line}: ")
