"""The template engine: one Jinja environment, the formats of the viewer's locale, and `ui` with every macro.

Macros live in `templates/macros/` and are reached as `ui.field(…)`, `ui.chip(…)` from any template and fragment,
without import. Formats and rights are taken from the current request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar.plugins.jinja import JinjaTemplateEngine

from webapp import formats, labels
from webapp.assets import asset
from webapp.compiled_templates import CompiledTemplates
from webapp.kept import kept
from webapp.pages.finding_links import card_of
from webapp.pages.lists import Column, shown
from webapp.paper import pdf
from webapp.posting.findings import Finding
from webapp.posting.telling import told_once
from webapp.security import csrf_token, may, path, viewer

__all__ = ["environment", "finding_href", "locale", "template_engine"]

DIRECTORY: Final = Path(__file__).parent / "templates"
HTMX_CONFIG: Final = (
    '{"history":"reload","mode":"same-origin","includeIndicatorCSS":false,"defaultTimeout":30000,"extensions":"none",'
    '"defaultSettleDelay":0,"morphIgnore":["data-htmx-powered","open"]}'
)


def locale() -> str:
    """The locale of the one who is asking."""
    who = viewer()
    return who.locale if who else formats.DEFAULT_LOCALE


def _amount(value: Decimal | None, places: int = 2, blank_zero: bool = False) -> str:
    return formats.amount(value, places, locale(), blank_zero)


def _localized(function: Callable[[Decimal | None, str, bool], str]) -> Callable[..., str]:
    def inner(value: Decimal | None, blank_zero: bool = False) -> str:
        return function(value, locale(), blank_zero)

    return inner


def _cell_text(value: object, column: Column) -> str:
    """A value as a cell of this column shows it."""
    return shown(value, column, locale())


def _day(value: date | None) -> str:
    return formats.day(value, locale())


def _moment(value: datetime | None) -> str:
    return formats.moment(value, locale())


def finding_href(found: Finding) -> str:
    """Where the link of a finding leads: the place that it names, else the field on this page, else nowhere."""
    if found.link:
        return found.link
    if not found.field:
        return ""
    return f"#f-line-{found.line}-{found.field}" if found.line is not None else f"#f-{found.field}"


def beside(found: Finding) -> str:
    """The message as it stands beside its field, which need not be named again."""
    message = found.message.removeprefix(f"Line {found.line}: ").removeprefix(f"{found.label}: ")
    return _said(message[:1].upper() + message[1:])


def _said(text: str) -> str:
    return formats.said(text, locale())


@pass_context  # for what is compiled once is for viewers of all locales
def _said_filter(_: Context, text: str) -> str:
    return _said(text)


def environment(reload: bool = False) -> Environment:
    """The Jinja environment with everything that templates may call."""
    made = Environment(
        loader=FileSystemLoader(DIRECTORY),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=reload,
        bytecode_cache=CompiledTemplates(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "amount": _amount,
        "asset": asset,
        "beside": beside,
        "cell_text": _cell_text,
        "choice_label": labels.choice,
        "clock": formats.clock,
        "csrf_token": csrf_token,
        "day": _day,
        "finding_card": card_of,
        "finding_href": finding_href,
        "here": lambda start: path() == start or path().startswith(f"{start}/"),
        "here_path": path,
        "htmx_config": HTMX_CONFIG,
        "in_sentence": labels.in_sentence,
        "kept": kept,
        "label": labels.label,
        "locale_of": lambda: formats.locale_of(locale()),
        "may": may,
        "moment": _moment,
        "pairs_of": lambda mapping: tuple(mapping.items()),
        "pdf_is_there": lambda: pdf.available(),
        "percent": _localized(formats.percent),
        "plural": labels.plural,
        "price": _localized(formats.price),
        "quantity": _localized(formats.quantity),
        "rate": _localized(formats.rate),
        "told_once": told_once,
        "values_of": _values_of,
        "viewer": viewer,
    }
    made.filters["said"] = _said_filter
    made.globals["ui"] = _macros(made)
    return made


def _values_of(rows: Sequence[Mapping[str, Any]]) -> Hashable:
    """What a table of rows depends on: what they were read from, or else all that stands in them."""
    read_from: Hashable = getattr(rows, "read_from", None)
    return read_from or tuple([tuple(row.items()) for row in rows])


def _macros(made: Environment) -> SimpleNamespace:
    """Every macro of `templates/macros/` under one name; two of the same name are a mistake."""
    ui = SimpleNamespace()
    made.globals["ui"] = ui
    for file in sorted((DIRECTORY / "macros").glob("*.html")):
        module = made.get_template(f"macros/{file.name}").module
        for name in (name for name in dir(module) if not name.startswith("_")):
            assert not hasattr(ui, name), f"macro {name} is defined twice"
            setattr(ui, name, getattr(module, name))
    return ui


def template_engine(reload: bool = False) -> JinjaTemplateEngine:
    """The same as Litestar wants it; its own `csrf_token` gives way to ours, which works inside macros."""
    made = environment(reload)
    engine = JinjaTemplateEngine.from_environment(made)
    made.globals["csrf_token"] = csrf_token
    return engine
