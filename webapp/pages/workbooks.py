"""Workbooks for spreadsheets, in the form that Excel and LibreOffice read, written with nothing but a zip file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import escape

__all__ = ["WORKBOOK", "workbook"]

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WORKBOOK: Final = f"{_TYPE}.sheet"
_XF: Final = 'fillId="0" borderId="0"'
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_LINKS}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Styles of cells: 0 plain, 1 head, 2 date, 3 number with two places.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        f'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" {_XF}/></cellStyleXfs><cellXfs count="4">'
        f'<xf numFmtId="0" fontId="0" {_XF} xfId="0"/><xf numFmtId="0" fontId="1" {_XF} xfId="0" applyFont="1"/>'
        f'<xf numFmtId="14" fontId="0" {_XF} xfId="0" applyNumberFormat="1"/>'
        f'<xf numFmtId="4" fontId="0" {_XF} xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
    ),
}
_FROZEN: Final = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
# What XML cannot hold.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST_DAY: Final = date(1899, 12, 30)


def workbook(title: str, heads: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with one sheet, its heads in bold and in sight. `kinds`: day, number or text, by column."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as packed:
        for name, text in _PARTS.items():
            packed.writestr(name, _HEAD + text)
        sheet = f'<sheets><sheet name="{_sheet_name(title)}" sheetId="1" r:id="r1"/></sheets>'
        packed.writestr("xl/workbook.xml", f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">{sheet}</workbook>')
        with packed.open("xl/worksheets/sheet1.xml", "w") as part:
            for text in _sheet(heads, kinds, rows):
                part.write(text.encode())
    return out.getvalue()


def _sheet_name(title: str) -> str:
    return escape(re.sub(r"[\\/*?:\[\]]", " ", title)[:31], {'"': "&quot;"})


def _sheet(heads: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}">{_FROZEN}<sheetData>'
    yield f"<row>{''.join(_text(head, 1) for head in heads)}</row>"
    for row in rows:
        yield f"<row>{''.join(_cell(value, kind) for value, kind in zip(row, kinds, strict=True))}</row>"
    yield "</sheetData></worksheet>"


def _cell(value: Any, kind: str) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return _text("yes" if value else "no", 0)
    if isinstance(value, Decimal | int):
        style = 3 if isinstance(value, Decimal) and value == round(value, 2) else 0
        return f'<c s="{style}"><v>{value:f}</v></c>' if isinstance(value, Decimal) else f"<c><v>{value}</v></c>"
    if isinstance(value, date) and not isinstance(value, datetime) and value > _FIRST_DAY:
        return f'<c s="2"><v>{(value - _FIRST_DAY).days}</v></c>'
    return _text(value.isoformat() if isinstance(value, date) else str(value), 0)


def _text(text: str, style: int) -> str:
    clean = escape(_FORBIDDEN.sub("", text))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'
