"""What stays with the sheet of an issued document, for an e-invoice that is made from it later (D-120, D-151).

The rule, stated here only: such an e-invoice says what the sheet says. What the sheet shows, or would show if there
were anything to show, was said with it, and a blank is said, too. That holds for the company, for what codes stand
for, and for what *Update document* may change of the document afterwards (D-93). Only what no sheet ever shows is as
it is today where it was blank: `NEVER_SHOWN`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from webapp.paper.document import Paper, Row, Words
from webapp.posting.document_updates import UPDATABLE
from webapp.posting.records import changed

__all__ = ["NEVER_SHOWN", "as_kept", "kept_of"]

NEVER_SHOWN: Final = ("e_invoice_address", "creditor_identifier")
"""What an e-invoice needs of the company and paper has no room for."""


def kept_of(paper: Paper) -> str:
    """The facts as text: the company without its logo, what the codes of the document stand for, VAT clauses, their
    names in other languages, what may change of the document, and which payment methods are direct debits; of a
    document that is not posted yet, what it has."""
    words = paper.words
    plain = (one for one in words.company.items() if isinstance(one[1], str | bool))
    company = {name: value for name, value in plain if name != "logo"}
    tables = {table: codes for table, codes in words.by_table.items() if table != "country"}
    names = [[*key, said] for key, said in words.translations.items() if key[1] in tables.get(key[0], ())]
    clauses = [[*key, said] for key, said in words.clauses.items()]
    changing = {name: str(paper.head.get(name) or "") for name in UPDATABLE.get(paper.kind, ())}
    facts = [company, tables, clauses, names, changing, sorted(words.debits)]
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def as_kept(paper: Paper, kept: str) -> Paper:
    """The document as it was when `kept` was written; a sheet of before does not tell what may change of it."""
    company, tables, clauses, names, *rest = json.loads(kept)
    words = changed(
        paper.words,
        company={name: _said(name, today, company) for name, today in paper.words.company.items()},
        debits=frozenset(rest[1] if len(rest) > 1 else ()),
        by_table={**paper.words.by_table, **_known(paper.words, tables)},
        clauses={
            **{key: said for key, said in paper.words.clauses.items() if key[0] not in tables.get("vat_clause", ())},
            **{(code, language): said for code, language, said in clauses},
        },
        translations={
            **{key: said for key, said in paper.words.translations.items() if key[1] not in tables.get(key[0], ())},
            **{(table, code, language): said for table, code, language, said in names},
        },
    )
    document: Any = paper.document
    return Paper(changed(document, header={**paper.head, **(rest[0] if rest else {})}), words, paper.corrections)


def _said(name: str, today: Any, kept: Row) -> Any:
    if name == "logo" or not isinstance(today, str | bool | None):
        return today
    return kept.get(name, "") or (today if name in NEVER_SHOWN else kept.get(name, ""))


def _known(words: Words, tables: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {table: {**words.by_table.get(table, {}), **codes} for table, codes in tables.items()}
