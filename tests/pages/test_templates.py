"""Templates and files: all compile, the look-up table of macros is whole, and files are what they are named."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from webapp import assets
from webapp.forms import Field, read_form, show_form
from webapp.posting.findings import Finding, finding
from webapp.templating import DIRECTORY, beside, environment, finding_href
from webapp.typed import Typist

ENVIRONMENT = environment()
FIELDS = (
    Field("customer_no", "code", required=True, lookup="customers"),
    Field("posting_date", "day"),
    Field("quantity", "quantity"),
    Field("unit_price", "price"),
    Field("blocked", "flag"),
    Field("type", "choice", options=("", "item", "resource")),
    Field("comment", "long_text"),
    Field("starting_time", "clock"),
    Field("document_no", "code", readonly=True),
)
VALUES = {"customer_no": "C-1", "posting_date": date(2026, 3, 15), "quantity": Decimal("1.5"), "blocked": True}


def render(source: str, **context: object) -> str:
    return ENVIRONMENT.from_string(source).render(**context)


@pytest.mark.parametrize("path", sorted(DIRECTORY.rglob("*.html")), ids=lambda path: path.name)
def test_each_template_compiles(path: Path) -> None:
    ENVIRONMENT.get_template(path.relative_to(DIRECTORY).as_posix())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_field_has_a_label_and_an_id(field: Field) -> None:
    form = show_form(FIELDS, VALUES)
    html = render("{{ ui.field(form, name) }}", form=form, name=field.name)
    assert f'<label for="f-{field.name}">{field.title}</label>' in html
    assert f'id="f-{field.name}"' in html
    assert html.count(f'name="{field.name}"') == (2 if field.kind == "flag" else 1)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_each_cell_of_a_grid_has_a_name_for_the_ear(field: Field) -> None:
    form = show_form(FIELDS, VALUES, prefix="line-10000-")
    html = render("{{ ui.cell(form, name, row='line 10000') }}", form=form, name=field.name)
    assert f'aria-label="{field.title}, line 10000"' in html
    assert f'id="f-line-10000-{field.name}"' in html
    assert f'name="line-10000-{field.name}"' in html


def test_a_field_with_a_fault_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    form = read_form(FIELDS, [("quantity", '"><script>'), ("type", "house")], Typist())
    html = render("{{ ui.field(form, 'quantity') }}{{ ui.field(form, 'type') }}", form=form)
    assert 'value="&#34;&gt;&lt;script&gt;"' in html
    assert 'aria-invalid="true" aria-describedby="f-quantity-fault"' in html
    assert '<option value="house" selected>house</option>' in html
    assert "is not a number." in html


def test_what_is_wrong_in_a_row_stands_in_one_place_and_names_its_field_only_among_several() -> None:
    form = read_form(FIELDS, [("quantity", "x"), ("unit_price", "1")], Typist())
    assert "<b>" not in render("{{ ui.row_faults(form) }}", form=form)
    form = read_form(FIELDS, [("quantity", "x"), ("unit_price", "y")], Typist())
    html = render("{{ ui.row_faults(form) }}", form=form)
    assert html.count('class="row-faults"') == 1 and html.index("f-quantity-fault") < html.index("f-unit_price-fault")
    assert "<b>Quantity:</b> “x” is not a number." in html and "<b>Unit price:</b> “y” is not a number." in html


def test_a_long_text_in_a_field_can_be_read_whole() -> None:
    fields = (Field("description", "text"), Field("old_password", "text"))
    form = show_form(fields, {"description": "Function tested together with the operator", "old_password": "x" * 30})
    html = render("{{ ui.field(form, 'description') }}{{ ui.field(form, 'old_password') }}", form=form)
    assert 'title="Function tested together with the operator"' in html and html.count("title=") == 1


def test_a_summary_links_to_the_fields() -> None:
    errors = [
        finding("field_required", field="posting_date", label="Posting date"),
        finding("number_not_understood", field="quantity", label="Quantity", line=10000, typed="x"),
    ]
    html = render("{{ ui.findings(found) }}", found=errors)
    assert 'href="#f-posting_date"' in html
    assert 'href="#f-line-10000-quantity"' in html
    assert "There are 2 problems" in html
    assert 'role="alert"' in html


def test_a_link_of_a_finding_wins() -> None:
    found = Finding("x", "error", (), "M", "", field="a", link="/customers/C-1#f-blocked")
    assert finding_href(found) == "/customers/C-1#f-blocked"
    assert finding_href(Finding("x", "error", (), "M", "")) == ""


def test_beside_its_field_a_message_does_not_name_it_again() -> None:
    found = finding("number_not_understood", field="quantity", label="Quantity", line=10000, typed="x")
    assert found.message == "Line 10000: Quantity: “x” is not a number."
    assert beside(found) == "“x” is not a number."


def test_a_row_with_several_faults_names_each_field_once() -> None:
    form = show_form(FIELDS, VALUES)
    form.add(finding("number_negative", field="quantity", line=10000))
    form.add(finding("number_not_understood", field="unit_price", label="Unit price", line=10000, typed="x"))
    html = render("{{ ui.row_faults(form) }}", form=form)
    assert "Quantity must not be negative." in html and html.count("Quantity") == 1
    assert "<b>Unit price:</b> “x” is not a number." in html


def test_amounts_are_to_the_right_and_have_a_real_minus() -> None:
    assert render("{{ ui.number_cell(v) }}", v=Decimal("-4310")) == '<td class="num">−4,310.00</td>'


def test_htmx_attributes_are_written_in_one_place_only() -> None:
    for path in DIRECTORY.rglob("*.html"):
        if path.name not in {"hx.html", "layout.html"}:
            assert " hx-" not in path.read_text(), path.name


def test_htmx_is_the_one_that_was_checked() -> None:
    body = (assets.DIRECTORY / assets.HTMX).read_bytes()
    assert hashlib.sha256(body).hexdigest() == assets.HTMX_SHA256
    assert b"4.0.1" in body


def test_our_scripts_hear_of_all_that_htmx_does() -> None:
    """htmx asks for what a page loads as soon as it runs: what listens to it is there before."""
    layout = (DIRECTORY / "layout.html").read_text()
    assert 0 < layout.index("asset('finalize.js')") < layout.index("asset('htmx.js')")


@pytest.mark.parametrize("name", assets.BUNDLES)
def test_each_file_is_there_packed_and_whole(name: str) -> None:
    one = assets._assets()[name]
    assert gzip.decompress(one.packed) == one.body
    assert assets.asset(name) == f"/static/{one.name}"


def test_the_first_page_is_light() -> None:
    """All that the browser loads beside the page itself (F-9)."""
    assert sum(len(one.packed) for one in assets._assets().values()) < 60_000
