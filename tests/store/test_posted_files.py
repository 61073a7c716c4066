"""The stored file of a posted document: what it says, and that it stays (D-117, D-120)."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from db.engine import ReferenceBroken, RuleBroken, transaction
from tests.builders import pack
from tests.posting.test_verify import tamper
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, database_rows, enter_company, enter_order
from webapp.paper import joining
from webapp.paper.document import Paper
from webapp.paper.joining import copied, joined
from webapp.paper.pdf import pdf_of
from webapp.paper.plain import plain
from webapp.paper.regions import Region, region_of
from webapp.paper.rendering import Renderer, laid_out_well
from webapp.paper.sheets import sheet_of
from webapp.posting.plan import REQUESTS
from webapp.posting.records import changed
from webapp.store.paper import words_for
from webapp.store.posted import load_posted
from webapp.store.posted_files import file_of, make_files, stored_files
from webapp.store.posting import post_document

COMPANY = {"name": "Northern Service Ltd", "address": "1 Quay Street", "post_code": "LS1", "city": "Leeds",
           "iban": "AT61 1904 3002 3457 3201", "bank_name": "Quay Bank", "vat_registration_no": "GB999"}  # fmt: skip
WORDS = {"en": ("Page {} of {}", "Description", "COPY"), "de": ("Seite {} von {}", "Beschreibung", "KOPIE")}


async def company(language: str = "") -> None:
    made = {**pack(), "company": [COMPANY]}
    made["languages"] = [{"code": "DE", "description": "German"}, {"code": "EN", "description": "English"}]
    for customer in made["customers"]:
        customer["language_code"] = language
    await enter_company(made)


async def an_invoice(count: int, **values: str) -> None:
    """An order of so many lines at prices that differ, shipped and invoiced: S-1 and I-1."""
    kinds = ("item PUMP qty 2", "resource LINA qty 3", "gl_account 6410 qty 1")
    lines = [f"{at * 10000} {kinds[at % 3]} price {100 + at}.{at % 100:02}" for at in range(1, count + 1)]
    await enter_order("C-GOOD", lines, **values)
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok, result.findings


def exact(scaled: int) -> Decimal:
    return Decimal(scaled).scaleb(-5)


def pages_of(content: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


async def check_against_rows(pages: Sequence[str], language: str, region: Region) -> None:
    """Every line, every amount, the totals and the VAT specification stand in the text as they were posted."""
    numbered, head, _ = WORDS[language]
    assert all(numbered.format(at, len(pages)) in text for at, text in enumerate(pages, 1))
    assert all(head in text for text in pages), "the head of the lines is repeated"
    text = " ".join(pages)
    lines = await database_rows("SELECT * FROM service_invoice_line WHERE document_no = 'I-1' ORDER BY line_no")
    position = 0
    for line in lines:
        amount, price = region.amount(exact(line["line_amount"])), region.price(exact(line["unit_price"]))
        row = rf"{line['no']} [^€]{{0,80}}? {region.quantity(exact(line['quantity']))} (\w+ )?{price} (\S+ )*?{amount}"
        found = re.compile(row).search(text, position)
        assert found, (line["line_no"], row)
        position = found.start() + 1
    (header,) = await database_rows("SELECT * FROM service_invoice_header")
    vat = await database_rows("SELECT * FROM posted_vat_line WHERE document_no = 'I-1'")
    last = pages[-1]
    for value in (
        exact(header["amount"]),
        exact(header["amount_including_vat"]),
        exact(header["amount_including_vat"] - header["amount"]),
    ):
        assert region.amount(value) in last
    for row in vat:
        for column in ("base", "amount", "amount_including_vat"):
            assert region.amount(exact(row[column])) in last
    assert region.price(exact(lines[-1]["unit_price"])) in last, "the totals stand with at least one line"


@pytest.mark.once
@pytest.mark.parametrize("count", [1, 20, 100, pytest.param(1000, marks=pytest.mark.long)])
async def test_the_text_of_an_invoice_is_what_was_posted(database: str, count: int) -> None:
    await company()
    await an_invoice(count)
    stored = await file_of(ANNA, "invoice", "I-1")
    assert stored is not None
    pages = pages_of(stored.content)
    assert stored.pages == len(pages)
    await check_against_rows(pages, "en", region_of("", "en"))


@pytest.mark.once
async def test_no_total_and_no_service_item_stands_alone(database: str) -> None:
    """Wherever the lines end on a sheet: the last one stays with the totals, and a heading with its first line."""
    await company()
    await an_invoice(1)
    for kind, no in (("invoice", "I-1"), ("shipment", "S-1")):
        posted = await load_posted(kind, no, with_entries=False)
        assert posted is not None
        paper = plain(Paper(posted, await words_for([posted])))
        on_last = []
        for count in range(12, 38):
            numbers = range(1, count + 1)
            names = [{"line_no": at, "service_item_no": f"M-{at // 5}", "no": f"N-{at:02}"} for at in numbers]
            lines = [{**paper.lines[0], **values} for values in names]
            whole = changed(paper, document=changed(paper.document, lines=lines))
            made = laid_out_well(sheet_of(whole))
            pages = [made.marks[str(at)] for at in numbers]
            assert pages == sorted(pages) and made.marks["end"] == pages[-1] == made.pages - 1, count
            assert all(made.marks[f"over {at}"] == pages[at - 1] for at in numbers if not at % 5 or at == 1)
            on_last.append(pages.count(pages[-1]))
        assert 1 in on_last, "the last line was moved to the totals"
        text = pages_of(made.content)
        assert re.findall(r"N-(\d\d)", " ".join(text)) == [f"{at:02}" for at in numbers]
        assert all(WORDS["en"][1] in one for one in text)


@pytest.mark.once
def test_a_page_gets_no_file_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "hide.css").write_text("p { display: none; }")
    page = f'<link rel="stylesheet" href="{(tmp_path / "hide.css").as_uri()}"><p>Office \0file shown</p>'
    assert pages_of(pdf_of(page, "")) == ["Office file shown"]


@pytest.mark.once
async def test_a_german_customer_gets_german_paper(database: str) -> None:
    await company("DE")
    await an_invoice(20, your_reference="Nachtschicht")
    stored = await file_of(ANNA, "invoice", "I-1")
    assert stored is not None
    pages = pages_of(stored.content)
    await check_against_rows(pages, "de", region_of("", "de"))
    text = " ".join(pages)
    for words in ("Rechnung I-1", "Ihr Zeichen", "Nachtschicht", "10. März 2025", "Bitte zahlen Sie", "Gesamtbetrag"):
        assert words in text
    shipment = await file_of(ANNA, "shipment", "S-1")
    assert shipment is not None
    assert "Lieferschein S-1" in " ".join(pages_of(shipment.content))


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "cash", "representative"),
    [
        ("EN", "Cash accounting", "Tax representative: Dr. Huber, Ring 1, 1010 Wien, Austria, VAT no. ATU1"),
        (
            "DE",
            "Besteuerung nach vereinnahmten Entgelten",
            "Steuerlicher Vertreter: Dr. Huber, Ring 1, 1010 Wien, Austria, UID\N{NON-BREAKING HYPHEN}Nr. ATU1",
        ),
    ],
)
async def test_cash_accounting_and_the_tax_representative_stand_on_invoices(
    database: str, language: str, cash: str, representative: str
) -> None:
    """D-127 points 7a and 15; a shipment says neither."""
    await company(language)
    named = {"name": "Dr. Huber", "vat_no": "ATU1", "address": "Ring 1", "post_code": "1010", "city": "Wien"}
    async with transaction() as session:
        await session.execute("INSERT INTO country (code, description) VALUES ('AT', 'Austria')")
        columns = ", ".join(f"representative_{name} = '{value}'" for name, value in named.items())
        await session.execute(
            f"UPDATE company SET cash_accounting = TRUE, representative_country_code = 'AT', {columns}"
        )
    await an_invoice(1)
    for kind, no, there in (("invoice", "I-1", True), ("shipment", "S-1", False)):
        file = await file_of(ANNA, kind, no)
        assert file is not None
        text = " ".join(pages_of(file.content))
        assert [words in text for words in (cash, representative)] == [there] * 2, text


async def test_the_file_stays_as_it_was_first_issued(database: str) -> None:
    """Whatever is set up differently later: a reprint gives the same bytes, and a copy is the same with its mark."""
    await company()
    await an_invoice(1)
    both = await asyncio.gather(*(file_of(ANNA, "invoice", "I-1") for _ in range(2)))
    async with transaction() as session:
        await session.execute("UPDATE company SET name = 'Another Name'")
    again = await file_of(ANNA, "invoice", "I-1")
    assert again is not None
    assert [one and one.content for one in both] == [again.content] * 2
    made = "SELECT document_no FROM service_document_log WHERE event = 'File made'"
    assert [row["document_no"] for row in await database_rows(made)] == ["I-1"]
    original, copy = pages_of(again.content), pages_of(copied(again.content, "COPY"))
    assert ["COPY" in text for text in (*original, *copy)] == [False] * len(original) + [True] * len(copy)
    assert [text.replace("COPY", "").strip() for text in copy] == [text.strip() for text in original]
    assert "Northern Service Ltd" in original[0]
    for change in ("UPDATE posted_file SET name = 'x'", "DELETE FROM posted_file"):
        with pytest.raises((RuleBroken, ReferenceBroken)):
            async with transaction() as session:
                await session.execute(change)
    assert await faults() == []
    await tamper("UPDATE posted_file SET sha256 = 'x' WHERE media_type = 'application/pdf'")
    assert [fault.partition(":")[0] for fault in await faults()] == ["D-120 posted_file invoice I-1"]


async def test_what_is_not_there_has_no_file(database: str) -> None:
    await company()
    assert await file_of(ANNA, "invoice", "I-1") is None
    assert await stored_files([("invoice", "I-1"), ("shipment", "S-1")]) == []


@pytest.mark.once
async def test_many_files_are_made_in_processes_of_their_own(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company()
    orders = [f"SO-{at}" for at in range(1, 7)]
    for no in orders:
        key = await enter_order("C-GOOD", [f"10000 resource LINA qty 1 price {Decimal(100)}"], no=no)
        assert (await post_document(ANNA, key, REQUESTS["ship_and_invoice"])).ok
    keys = [("invoice", f"I-{at}") for at in range(1, 7)]
    renderer = Renderer()
    try:
        await make_files(ANNA, keys, renderer)
    finally:
        renderer.close()
    files = await stored_files(keys)
    assert [one.no for one in files] == [no for _, no in keys]
    for one in files:
        (tmp_path / one.no).write_bytes(one.content)
    with monkeypatch.context() as part_by_part:
        part_by_part.setattr(joining, "TOGETHER", 2)
        assert joined([tmp_path / one.no for one in files], tmp_path / "whole") == len(files)
    pages = pages_of((tmp_path / "whole").read_bytes())
    assert len(pages) == len(files)
    assert all(f"Invoice {one.no}" in text and "Page 1 of 1" in text for one, text in zip(files, pages, strict=True))
