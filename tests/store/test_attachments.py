"""Files attached to documents: kept with their hash, carried to what is posted, never changed there (D-33)."""

from __future__ import annotations

import pytest

from db.engine import ReferenceBroken, RuleBroken, transaction
from tests.builders import pack
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, accept, database_rows, enter_company, enter_order
from webapp.posting.attachments import MOST_BYTES, MOST_FILES, TYPES, Offered, attachment_findings, clean_name
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.attachments import (
    Upload,
    add_attachments,
    attach_again,
    attached_content,
    delete_attachment,
    load_attachments,
)
from webapp.store.comments import add_comment, delete_comment, load_comments, mark_comment
from webapp.store.posting import post_document
from webapp.store.verify import verify

REPORT, PICTURE = Upload("report.pdf", b"%PDF-1.7 work"), Upload("C:\\tmp\\pump.png", b"\x89PNG\r\n\x1a\n pump")
OWNER = ("order", "SO-1")


async def names(kind: str, no: str) -> list[tuple[str, int]]:
    return [(one.name, one.line_no) for one in await load_attachments(kind, no)]


async def files() -> int:
    return len(await database_rows("SELECT id FROM attached_file"))


async def test_files_go_along_to_what_is_posted_and_stay_there(database: str) -> None:
    """Those of the whole document, and those of the lines that are posted; a closed order keeps its own."""
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2", "20000 resource LINA qty 1"])
    assert await add_attachments(ANNA, OWNER, [REPORT]) == []
    assert await add_attachments(ANNA, OWNER, [PICTURE], 10000) == []
    assert await add_attachments(ANNA, OWNER, [Upload("hours.txt", b"one")], 20000) == []
    accept(await add_comment(ANNA, ORDER, "general", "Done"))
    accept(await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_ship": 0}))
    part = await post_document(ANNA, ORDER, REQUESTS["ship"])
    assert part.ok, part.findings
    assert await names("shipment", part.posted[0].no) == [("report.pdf", 0), ("pump.png", 10000)]
    accept(await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_ship": 1}))
    result = await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])
    assert result.ok and result.closed, result.findings
    invoice = next(one.no for one in result.posted if one.kind == "invoice")
    all_three = [("report.pdf", 0), ("pump.png", 10000), ("hours.txt", 20000)]
    assert await names("posted_invoice", invoice) == await names(*OWNER) == all_three
    assert await files() == 3
    first = (await load_attachments("posted_invoice", invoice))[0]
    given = await attached_content(("posted_invoice", invoice), first.id)
    assert given is not None and given[1] == REPORT.content
    closed = await load_comments("order", "SO-1")
    assert [one.text for one in closed] == ["Done"]
    for refused in (mark_comment(ORDER, closed[0].id, True), delete_comment(ORDER, closed[0].id)):
        assert [found.code for found in (await refused).findings] == ["document_gone"]
    assert [one.code for one in await add_attachments(ANNA, OWNER, [REPORT])] == ["document_gone"]
    assert [one.code for one in await delete_attachment(ANNA, OWNER, first.id)] == ["document_gone"]
    assert await faults() == []


async def test_neither_files_nor_comments_of_posted_documents_can_be_changed(database: str) -> None:
    """R-5: the database itself refuses it; a file that was changed all the same is found."""
    await enter_company(pack(service_setup={"copy_comments_to_invoice": True}))
    await enter_order("C-GOOD", ["10000 item PUMP qty 2"])
    await add_attachments(ANNA, OWNER, [REPORT])
    accept(await add_comment(ANNA, ORDER, "general", "Done"))
    assert (await post_document(ANNA, ORDER, REQUESTS["ship_and_invoice"])).ok
    for sql in (
        "UPDATE service_attachment SET name = 'x' WHERE document_kind = 'posted_invoice'",
        "DELETE FROM service_attachment WHERE document_kind = 'posted_invoice'",
        "UPDATE service_comment SET text = 'x' WHERE document_kind = 'posted_invoice'",
        "DELETE FROM service_comment WHERE document_kind = 'posted_invoice'",
        "UPDATE attached_file SET size = 1",
        "DELETE FROM attached_file",
    ):
        with pytest.raises((ReferenceBroken, RuleBroken)):
            async with transaction() as session:
                await session.execute(sql)
    async with transaction() as session:
        on = "" if session.dialect == "sqlite" else " ON attached_file"
        await session.execute(f"DROP TRIGGER attached_file_never_changes{on}")
        await session.execute("UPDATE attached_file SET sha256 = 'other'")
    assert [(one.rule, one.message) async for one in verify()] == [("D-33", "its content is not what was attached")]
    (one,) = await load_attachments(*OWNER)
    with pytest.raises(OSError, match="is not what was attached"):
        await attached_content(OWNER, one.id)


async def test_a_file_lives_as_long_as_something_has_it(database: str) -> None:
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 2", "20000 item PUMP qty 2"])
    await add_attachments(ANNA, OWNER, [REPORT, PICTURE])
    await add_attachments(ANNA, OWNER, [REPORT], 20000)
    assert [one.code for one in await add_attachments(ANNA, OWNER, [])] == ["attachment_missing"]
    report, picture, of_line = await load_attachments(*OWNER)
    customer = ("customer", "C-GOOD")
    assert await attach_again(ANNA, OWNER, report.id, customer) == []
    assert [one.code for one in await attach_again(ANNA, OWNER, report.id, customer)] == ["attachment_there_already"]
    accept(await drafts.delete_line(ANNA, ORDER, 20000))
    assert await names(*OWNER) == [("report.pdf", 0), ("pump.png", 0)] and await files() == 2
    assert await delete_attachment(ANNA, OWNER, picture.id) == []
    assert [one.code for one in await delete_attachment(ANNA, OWNER, of_line.id)] == ["attachment_gone"]
    assert await files() == 1
    accept(await drafts.delete_document(ANNA, ORDER))
    assert await names(*OWNER) == [] and await names(*customer) == [("report.pdf", 0)] and await files() == 1
    accept(await drafts.create_document(ANNA, "invoice", {"no": "SI-1", "customer_no": "C-GOOD"}))
    (kept,) = await load_attachments(*customer)
    assert await attach_again(ANNA, customer, kept.id, ("invoice", "SI-1")) == []
    assert await delete_attachment(ANNA, customer, kept.id) == []
    assert await files() == 1
    accept(await drafts.delete_document(ANNA, DocumentKey("invoice", "SI-1")))
    assert await files() == 0


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.html", b"<script>alert(1)</script>", "attachment_type"),
        ("picture.svg", b"<svg onload='alert(1)'/>", "attachment_type"),
        ("run.exe", b"MZ", "attachment_type"),
        ("report", b"text", "attachment_type"),
        ("empty.txt", b"", "attachment_empty"),
        ("page.pdf", b"<script>alert(1)</script>", "attachment_not_its_type"),
    ],
)
def test_what_cannot_be_attached(name: str, content: bytes, code: str) -> None:
    assert [one.code for one in attachment_findings(Offered(name, len(content), content), 0, (), 0)] == [code]


@pytest.mark.once
def test_size_count_and_line_are_bounded_and_all_is_told_at_once() -> None:
    head = b"%PDF-"
    assert attachment_findings(Offered("a.pdf", MOST_BYTES, head), 0, (), MOST_FILES - 1) == []
    found = attachment_findings(Offered("a.pdf", MOST_BYTES + 1, head), 20000, [10000], MOST_FILES)
    assert [one.code for one in found] == ["attachment_too_large", "attachments_too_many", "line_gone"]
    assert "10.1 MB" in found[0].message


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\x\\Prüfbericht 7.PDF", "Prüfbericht 7.PDF"),
        ('a"b\r\nSet-Cookie: x.txt', 'a"b Set-Cookie: x.txt'),
        ("gpj\u202efdp.exe", "gpj fdp.exe"),
        ("...", "file"),
        ("x" * 300 + ".docx", "x" * 95 + ".docx"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    assert all(kind.isascii() for kind in TYPES)
