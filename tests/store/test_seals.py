"""Seals: each posted document is sealed with the one before it; whatever is changed afterwards is found (R-1.10)."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.engine import ReferenceBroken, RuleBroken, transaction
from tests.builders import TODAY, D, pack
from tests.posting.test_verify import tamper
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, ORDER, database_rows, enter_company, enter_order
from webapp.commands.seal import write_archive
from webapp.posting.plan import REQUESTS
from webapp.posting.seal import content_of, seal_of
from webapp.posting.undo import UndoRequest
from webapp.store import drafts
from webapp.store.cancel import cancel_invoice
from webapp.store.posting import post_document
from webapp.store.undo import undo_lines

HEADERS = ("service_shipment_header", "service_invoice_header", "service_cr_memo_header")


@pytest.fixture
async def posted(database: str) -> None:
    """Two shipments with their invoices, one of which is cancelled; a third shipment that is undone."""
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 item PUMP qty 4", "20000 resource LINA qty 3", "30000 text thank you"])
    await drafts.change_line(ANNA, ORDER, 20000, {"qty_to_ship": D(1)})
    for option in ("ship_and_invoice", "ship_and_invoice", "ship"):
        await drafts.change_line(ANNA, ORDER, 10000, {"qty_to_ship": D(1)})
        result = await post_document(ANNA, ORDER, REQUESTS[option])
        assert result.ok, result.findings
    undone = await undo_lines(ANNA, "S-3", UndoRequest("undo_shipment", frozenset({10000})), None)
    assert undone is not None and undone.ok, undone
    cancelled = await cancel_invoice(ANNA, "I-1", TODAY)
    assert cancelled is not None and cancelled.ok, cancelled


async def seals() -> list[tuple[str, str, str]]:
    return [
        (str(row["no"]), str(row["seal_before"]), str(row["seal"]))
        for table in HEADERS
        for row in await database_rows(f"SELECT no, seal_before, seal FROM {table} ORDER BY no")
    ]


async def test_every_document_is_sealed_after_the_one_before_it(posted: None):
    found = {no: (before, seal) for no, before, seal in await seals()}
    assert sorted(found) == ["C-1", "I-1", "I-2", "S-1", "S-2", "S-3"]
    assert all(len(seal) == 64 for _, seal in found.values())
    assert [found[no][0] for no in ("S-1", "I-1", "C-1")] == [""] * 3
    assert (found["S-2"][0], found["I-2"][0]) == (found["S-1"][1], found["I-1"][1])
    ends = await database_rows("SELECT series_code, last_seal FROM number_series_line WHERE last_seal <> ''")
    assert {str(row["last_seal"]) for row in ends} == {found[no][1] for no in ("S-3", "I-2", "C-1")}
    assert await faults() == []


async def test_a_seal_is_written_once(posted: None):
    for table in HEADERS:
        for change in ("seal = 'x'", "seal_before = 'x'", "seal = ''", "seal = seal"):
            with pytest.raises((RuleBroken, ReferenceBroken)):
                async with transaction() as session:
                    await session.execute(f"UPDATE {table} SET {change}")


def test_the_content_is_a_text_of_its_own():
    content = content_of("invoice", {"no": "I-1", "amount": 100000}, [{"description": "Öl"}])
    assert content == (
        '{"version":1,"kind":"invoice","header":{"no":"I-1","amount":100000},"lines":[{"description":"Öl"}],'
        '"item_lines":[],"vat":[]}'
    )
    assert seal_of("", content) != seal_of("0", content)


CHANGES = [
    ("UPDATE service_invoice_line SET amount = amount + 1 WHERE document_no = 'I-2' AND line_no = 20000", "I-2"),
    ("UPDATE service_invoice_header SET bill_to_name = 'Somebody' WHERE no = 'I-1'", "I-1"),
    ("UPDATE service_invoice_line SET description = 'x' WHERE document_no = 'I-1' AND line_no = 10000", "I-1"),
    (
        "UPDATE service_shipment_line SET unit_price = unit_price + 1 WHERE document_no = 'S-1' AND line_no = 10000",
        "S-1",
    ),
    ("DELETE FROM posted_vat_line WHERE document_kind = 'credit_memo'", "C-1"),
    ("UPDATE service_invoice_header SET seal_before = 'abc' WHERE no = 'I-2'", "I-2"),
    ("UPDATE service_invoice_header SET seal = '', seal_before = '' WHERE no = 'I-2'", "I-2"),
    ("UPDATE number_series_line SET last_seal = 'abc' WHERE series_code = 'SHIPMENTS'", "SHIPMENTS"),
    ("UPDATE number_series_line SET last_seal = '' WHERE series_code = 'SHIPMENTS'", "S-3"),
    ("UPDATE service_invoice_header SET seal_before = '' WHERE no = 'I-2'", "both follow the same seal"),
]


@pytest.mark.parametrize(("change", "named"), CHANGES, ids=[change[:60] for change, _ in CHANGES])
async def test_what_is_changed_afterwards_is_found(posted: None, change: str, named: str):
    await tamper(change)
    found = [fault for fault in await faults() if fault.startswith("R-1.10")]
    assert any(named in fault for fault in found), found


async def test_what_may_change_later_is_not_sealed(posted: None):
    async with transaction() as session:
        await session.execute("UPDATE service_invoice_header SET printed = printed + 1, payment_method_code = 'CASH'")
    assert await faults() == []


# --- the archive and its checker ------------------------------------------------------------------------------------


Edit = Callable[[list[dict[str, Any]], list[dict[str, Any]]], None]


def checked(archive: Path, edit: Edit | None = None) -> tuple[int, str]:
    """What the checker says, run as a program of its own from the archive itself."""
    folder = archive.parent / "unpacked"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    series = json.loads((folder / "series.json").read_text())
    documents = [json.loads(line) for line in (folder / "documents.jsonl").read_text().splitlines()]
    if edit is not None:
        edit(series, documents)
    again = archive.with_name("again.zip")
    with zipfile.ZipFile(again, "w") as packed:
        packed.writestr("series.json", json.dumps(series))
        packed.writestr("documents.jsonl", "".join(json.dumps(one) + "\n" for one in documents))
    command = [sys.executable, "-I", str(folder / "check_seals.py"), str(again)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout


def of(documents: list[dict[str, Any]], no: str) -> dict[str, Any]:
    return next(one for one in documents if one["no"] == no)


def other_figure(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    one = of(documents, "I-2")
    content = json.loads(one["content"])
    content["lines"][0]["amount"] += 100_000
    one["content"] = json.dumps(content)


def sealed_again(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    """As somebody would who knows how seals are made: the seal fits, the chain and the sums do not."""
    other_figure(series, documents)
    one = of(documents, "I-1")
    one["seal"] = seal_of(one["seal_before"], one["content"] + " ")
    two = of(documents, "I-2")
    two["seal"] = seal_of(two["seal_before"], two["content"])


def removed(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    documents.remove(of(documents, "I-1"))


def last_removed(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    documents.remove(of(documents, "S-3"))


def twice(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    documents.append(of(documents, "C-1"))


def renamed(series: list[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    of(documents, "C-1")["no"] = "C-7"


async def test_the_archive_is_proved_without_the_product(posted: None, tmp_path: Path):
    archive = tmp_path / "seals.zip"
    assert await write_archive(archive) == 6
    assert checked(archive) == (0, "6 of 6 documents in 3 series are sealed; seals, numbers and sums hold.\n")
    for edit, told in (
        (other_figure, ["invoice I-2: its content is not what was sealed", "invoice I-2: amount is"]),
        (sealed_again, ["series INVOICES: the chain breaks after 1 of 2 documents", "invoice I-2: amount is"]),
        (removed, ["the chain breaks after 0 of 1 documents", "number I-1 is missing"]),
        (last_removed, ["series SHIPMENTS: it does not end with its last seal", "number S-3 is missing"]),
        (twice, ["follow the same seal", "number C-1 is there 2 times"]),
        (renamed, ["credit_memo C-7: its content is that of credit_memo C-1", "it has not given number C-7"]),
    ):
        status, said = checked(archive, edit)
        assert status == 1 and all(words in said for words in told), said


@pytest.mark.once
def test_the_checker_refuses_what_is_no_archive(tmp_path: Path):
    script = Path(__file__).resolve().parents[2] / "webapp/commands/check_seals.py"
    other = tmp_path / "other.zip"
    other.write_text("no archive")
    for arguments, status in (([str(other)], 2), ([str(tmp_path / "none.zip")], 2), ([], 1)):
        done = subprocess.run([sys.executable, "-I", str(script), *arguments], capture_output=True, check=False)
        assert done.returncode == status
