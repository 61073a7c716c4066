"""Forms over an open document: each remembers what it showed, so that only what a person changed is saved.

Two people in one document see each other's change instead of overwriting it: a field that someone else has changed
since it was shown is not saved but shown with both values (D-6, P-8).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.forms import Field, Form, Typist, read_form, show_form
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed

SHOWN = "shown"
MOST_SHOWN = 60_000


@dataclass(slots=True)
class Edited:
    """A form that came back: what of it changed, and the whole of it with what is stored beside what was typed."""

    form: Form
    changes: dict[str, Any]


def shown_values(record: object, form: Form, locale: str) -> str:
    """What is stored in the fields of a form while it is shown, to be sent along in a hidden field."""
    fields = (one for one in form.fields.values() if not one.readonly)
    return json.dumps({one.name: one.typed(getattr(record, one.name), locale) for one in fields})


def form_over(record: object, fields: Iterable[Field], locale: str, prefix: str = "") -> Form:
    """A form that shows a record."""
    own = tuple(fields)
    return show_form(own, {one.name: getattr(record, one.name) for one in own}, locale, prefix)


def read_changes(
    record: object,
    fields: Iterable[Field],
    submitted: Iterable[tuple[str, str]],
    typist: Typist,
    prefix: str = "",
    line: int | None = None,
) -> Edited:
    """The fields that a person changed, those that somebody else changed meanwhile taken out and marked."""
    pairs = list(submitted)
    own = tuple(fields)
    before = _shown(pairs, f"{prefix}{SHOWN}")
    names = {f"{prefix}{one.name}": one.name for one in own}
    last = {names[name]: value for name, value in pairs if name in names}
    touched = {name for name, value in last.items() if value != before.get(name)}
    form = read_form(own, [(f"{prefix}{name}", last[name]) for name in last if name in touched], typist, prefix)
    form.findings = [_on_line(found, line) for found in form.findings]
    stored = {one.name: getattr(record, one.name) for one in own}
    changes = {}
    for name in touched & set(form.values):
        now = form.fields[name].typed(stored[name], typist.locale)
        if name in before and now not in (before[name], last[name]):
            form.add(_meanwhile(form.fields[name], now, last[name], line))
        elif form.values[name] != stored[name]:
            changes[name] = form.values[name]
    form.show_rest(stored, typist.locale)
    return Edited(form, changes)


def _shown(pairs: Iterable[tuple[str, str]], hidden: str) -> Mapping[str, str]:
    """What the page showed when it was made; nothing when it is missing or spoilt, then every field counts."""
    text = next((value for name, value in pairs if name == hidden), "")
    try:
        found = json.loads(text) if len(text) <= MOST_SHOWN else {}
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _on_line(found: Finding, line: int | None) -> Finding:
    return found if line is None else changed(found, line=line, message=f"Line {line}: {found.message}")


def _meanwhile(field: Field, now: str, typed: str, line: int | None) -> Finding:
    return finding(
        "field_changed_meanwhile",
        field=field.name,
        label=field.title,
        line=line,
        now=now or "blank",
        typed=typed or "blank",
    )
