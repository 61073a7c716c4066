"""A sheet goes into its file and comes out of it again, whatever is written on it (D-120)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.paper.sheets import Sheet, margins

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=30)
ROWS = (
    '<tr><td><a class="at" href="at:over 10000">M-1</a></td></tr><tr><td><a class="at" href="at:10000">2</a></td></tr>'
    '<tr><td><a class="at" href="at:20000">3</a></td></tr>'
)
ARTICLE = (
    '<article class="sheet sheet-1"><h1>Invoice</h1><table class="paper-table lines">\n<thead><tr></tr></thead>\n'
    f'<tbody>\n{ROWS}\n</tbody>\n</table><p><a class="at" href="at:end">5</a></p></article>'
)
SHEET = Sheet("Invoice I-1", "en", "Fell & Sons", "I-1", "Fell", ARTICLE, "p { margin: 0; }")


@given(WORDS, WORDS, WORDS)
def test_what_is_written_stays(title: str, company: str, imprint: str) -> None:
    sheet = Sheet(title, "de", company, title, imprint, ARTICLE, "p { margin: 0; }", company)
    assert Sheet.from_file(sheet.to_file()) == sheet
    assert margins(sheet) in sheet.to_file()


def test_a_copy_says_so_and_the_marks_of_the_pdf_are_not_shown() -> None:
    assert "at:" not in SHEET.drawn() and "<td>2</td>" in SHEET.drawn()
    copy = SHEET.drawn(copy=True, place=2)
    assert '<h1>Invoice <span class="copy">COPY</span></h1>' in copy and 'class="sheet sheet-2"' in copy


def test_a_new_sheet_begins_before_a_line_and_before_the_machine_above_it() -> None:
    assert list(SHEET.marks) == ["over 10000", "10000", "20000", "end"]
    begun = '</tbody>\n</table>\n<table class="paper-table lines next">\n<thead><tr></tr></thead>\n<tbody>\n<tr><td>'
    assert f'{begun}<a class="at" href="at:over 10000">' in SHEET.broken({10000})
    assert f'{begun}<a class="at" href="at:20000">' in SHEET.broken({20000})
    assert SHEET.broken({10000, 20000}).count("next") == 2
