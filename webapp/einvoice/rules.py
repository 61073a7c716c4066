"""The rules of EN 16931 and of Peppol BIS Billing 3 themselves, where Saxon is installed (`finalize[einvoice]`).

The two stylesheets in `rules/` are the validation artefacts of September 2025 as OpenPeppol gives them out. Compiling
them takes a second, once in a process; a document then takes some hundredths.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

__all__ = ["Broken", "available", "broken_rules"]

RULES: Final = Path(__file__).parent / "rules"
SHEETS: Final = ("CEN-EN16931-UBL.xsl.gz", "PEPPOL-EN16931-UBL.xsl.gz")
REPORT: Final = "{http://purl.oclc.org/dsdl/svrl}"
_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a document breaks: fatal, or a warning."""

    rule: str
    fatal: bool
    text: str
    place: str


def available() -> bool:
    return find_spec("saxonche") is not None


@cache
def _compiled() -> tuple[Any, Sequence[Any]]:
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    return processor, [
        compiler.compile_stylesheet(stylesheet_text=gzip.decompress((RULES / name).read_bytes()).decode())
        for name in SHEETS
    ]


def broken_rules(text: bytes, peppol: bool = True) -> list[Broken]:
    """The rules that this UBL text breaks, fatal ones first; none when it is sound. Those of Peppol on request only."""
    found: dict[tuple[str, str], Broken] = {}
    with _one_at_a_time:
        processor, sheets = _compiled()
        node = processor.parse_xml(xml_text=text.decode())
        reports = [sheet.transform_to_string(xdm_node=node) for sheet in sheets[: None if peppol else 1]]
    for report in reports:
        for failed in ElementTree.fromstring(report).iter(f"{REPORT}failed-assert"):
            said = " ".join("".join(failed.itertext()).split())
            fatal = failed.get("flag", failed.get("role", "fatal")) == "fatal"
            one = Broken(failed.get("id", ""), fatal, said, failed.get("location", ""))
            found.setdefault((one.rule, one.place), one)
    return sorted(found.values(), key=lambda one: (not one.fatal, one.rule))
