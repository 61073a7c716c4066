"""The runner itself: a case with one thing wrong fails, whatever it is; words mean what FORMAT.md says."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.looking import look
from tests.samples import each
from tests.scenarios import steps, words
from tests.scenarios.base import merged
from tests.scenarios.compare import Comparison, Mismatch, equal, leaves, says
from tests.scenarios.given import Refused, due_formula
from tests.scenarios.runner import NOT_BUILT, acting_of, compare, is_about, play, run, words_not_built
from tests.scenarios.steps import VERBS
from tests.scenarios.test_scenarios import base
from tests.scenarios.then import LISTS, MAPS
from tests.scenarios.words import STEPS, THEN, Unknown
from tests.scenarios.world import World
from webapp.posting.findings import finding
from webapp.posting.records import changed
from webapp.posting.snapshot import PostingRequest

pytestmark = pytest.mark.once  # the cases themselves run on both databases
PACK = Path(__file__).parent / "pack"  # these cases are the project's own, whatever pack is run
Scenario = dict[str, Any]
Fault = Callable[[Scenario], None]


def read(name: str) -> Scenario:
    return words.read(PACK / f"{name}.yaml")


# --- a copy of a good case with one fault -------------------------------------------------------------------------

PARTS = "ship-twice-invoice-part"
REFUSED = "posting-date-outside-window-refused"
LOOKED = "preview-order-work-only"


def set_at(*path: Any) -> Fault:
    """Puts the last of the path where the others lead."""

    def fault(scenario: Scenario) -> None:
        *way, key, value = path
        place: Any = scenario
        for step in way:
            place = place[step]
        place[key] = value

    return fault


def without(*path: Any) -> Fault:
    def fault(scenario: Scenario) -> None:
        *way, key = path
        place: Any = scenario
        for step in way:
            place = place[step]
        del place[key]

    return fault


def twice(*path: Any) -> Fault:
    def fault(scenario: Scenario) -> None:
        place: Any = scenario
        for step in path:
            place = place[step]
        place.append(copy.deepcopy(place[0]))

    return fault


WRONG: list[tuple[str, str, Fault]] = [
    ("a figure of the G/L", PARTS, set_at("then", "gl", 0, "amount", Decimal("-240.01"))),
    ("an account", PARTS, set_at("then", "gl", 0, "account", "2110")),
    ("a row too many", PARTS, twice("then", "gl")),
    ("a row too few", PARTS, without("then", "gl", 0)),
    ("no rows at all", PARTS, set_at("then", "service_ledger", [])),
    ("a VAT group", PARTS, set_at("then", "vat", 0, "group", "vat12")),
    ("the sign of a quantity", PARTS, set_at("then", "item_ledger", 0, "qty", 10)),
    ("a quantity of a shipment line", PARTS, set_at("then", "shipments", 1, "lines", 0, "qty_invoiced", 3)),
    ("a line too many in a shipment", PARTS, twice("then", "shipments", 0, "lines")),
    ("the count of a document", PARTS, set_at("then", "shipments", 0, "nth", 3)),
    ("the source of a document", PARTS, set_at("then", "invoices", 0, "document", "SO-2")),
    ("a date", PARTS, set_at("then", "invoices", 0, "due_date", datetime.date(2026, 3, 25))),
    ("a discount that is not left out", PARTS, set_at("then", "invoices", 0, "lines", 0, "line_discount", 1)),
    ("a discount that is left out", "line-discount-net", without("then", "invoices", 0, "lines", 0, "line_discount")),
    ("a currency that is left out", "usd-rounding-over-lines", without("then", "invoices", 0, "currency")),
    ("a quantity of an open line", PARTS, set_at("then", "order_lines", 0, "qty_to_invoice", 3)),
    ("a document that is there", PARTS, set_at("then", "documents", 0, "exists", False)),
    ("a document that is nowhere", PARTS, set_at("then", "documents", 0, "number", "SO-9")),
    ("a truth value as a number", PARTS, set_at("then", "documents", 0, "exists", 1)),
    ("a word of a refusal", REFUSED, set_at("then", "error", "about", ["posting date", "forbidden"])),
    ("a refusal that does not come", PARTS, set_at("then", "error", {"step": 4, "about": ["quantity"]})),
    ("a refusal that is not expected", REFUSED, without("then", "error")),
    ("the step that is refused", "quantity-below-shipped-refused", set_at("then", "error", "step", 1)),
    ("a finding too many", REFUSED, set_at("then", "findings", [])),
    ("a finding about another line", "mandatory-unit-refused", set_at("then", "findings", 0, "line", 2)),
    ("a finding about the header", "mandatory-unit-refused", without("then", "findings", 0, "line")),
    ("a word of a message", "close-order-by-hand", set_at("then", "messages", [["SO-1", "SI2", "unheard"]])),
    ("a step that changes nothing", PARTS, set_at("then", "unchanged", True)),
    ("a discount after a step", "greatest-discount-wins", set_at("then", "line_discounts", 0, "pct", 51)),
    ("a discount after no step", "greatest-discount-wins", set_at("then", "line_discounts", 0, "after_step", 7)),
    ("dimensions of an account", "dimensions-reach-all-ledgers", set_at("then", "gl_dimensions", 1, "dimensions", {})),
    ("a text line", "text-line-goes-with-document", set_at("then", "posted_text_lines", 0, "text", "checked on site")),
    ("a step left out", PARTS, without("when", 2)),
    ("a ledger of a preview that is not named", LOOKED, without("then", "preview", "counts", "vat_entries")),
    ("a document of a preview that is not named", LOOKED, without("then", "preview", "document_numbers", "shipment")),
    ("another option previewed", LOOKED, set_at("when", 0, "preview", "invoice", False)),
    ("a tick that the report did not have", "test-report-clean", set_at("when", 0, "test_report", "ship", False)),
    ("a report on no document", "test-report-clean", set_at("when", 0, "test_report", "documents", [])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_a_case_with_one_wrong_thing_fails(database: str, name: str, fault: Fault):
    scenario = copy.deepcopy(read(name))
    fault(scenario)
    with pytest.raises(Mismatch):
        await run(scenario, base())


@pytest.mark.parametrize("name", sorted({case[1] for case in WRONG}))
async def test_the_same_case_without_the_fault_holds(database: str, name: str):
    await run(read(name), base())


async def test_the_message_shows_expected_and_found_beside_each_other(database: str):
    scenario = read(PARTS)
    scenario["then"]["gl"][0]["amount"] = Decimal("-240.01")
    with pytest.raises(Mismatch) as wrong:
        await run(scenario, base())
    assert "- expected {account: 2100, amount: -240.01}" in str(wrong.value)
    assert "+    found {account: 2100, amount: -240}" in str(wrong.value)


async def test_a_posting_that_was_shown_otherwise_fails(database: str, monkeypatch: pytest.MonkeyPatch):
    """Every posting of every case is looked at first, and must come out as it was shown."""

    async def of_another_option(acting: Any, key: Any, request: PostingRequest) -> Any:
        return await look(acting, key, changed(request, ship=True, invoice=not request.invoice))

    monkeypatch.setattr(steps, "look", of_another_option)
    with pytest.raises(Mismatch, match="not posted as shown before"):
        await run(read(PARTS), base())


async def test_what_cannot_be_entered_is_no_pass(database: str):
    scenario = read(PARTS)
    scenario["given"]["service_orders"][0]["customer"] = "C999"
    with pytest.raises(Refused):
        await run(scenario, base())


# --- every value of every case ------------------------------------------------------------------------------------

HOLDING = [path.stem for path in sorted(PACK.glob("[!_]*.yaml")) if not words_not_built(words.read(path))]


@pytest.mark.once
@pytest.mark.parametrize("name", each(7, HOLDING))
async def test_no_value_of_a_case_can_be_changed_unnoticed(database: str, name: str):
    """Plays the case once, then changes each value of `then` in turn: none of the changed cases may hold."""
    scenario = read(name)
    world = World(acting_of(merged(base(), scenario["given"])))
    before = await play(scenario, base(), world)
    await compare(scenario, world, before)
    unnoticed = []
    for path in leaves(scenario["then"], ()):
        if path[-1] == "step":  # which step is refused was looked at while playing
            continue
        changed = copy.deepcopy(scenario)
        set_at("then", *path, _other(_at(changed["then"], path)))(changed)
        try:
            await compare(changed, world, before)
            unnoticed.append(".".join(map(str, path)))
        except Mismatch:
            pass
    assert not unnoticed


def _at(place: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        place = place[step]
    return place


def _other(value: Any) -> Any:
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Decimal):
        return value + 1
    if isinstance(value, datetime.date):
        return value + datetime.timedelta(days=1)
    if isinstance(value, list):
        return [{"unheard": "of"}]
    if isinstance(value, dict):
        return {"unheard": "of"}
    return f"{value or ''}X"


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        set_at("then", "gll", []),
        set_at("then", "gl", 0, "acount", "2100"),
        set_at("then", "gl", 0, "amount", "much"),
        set_at("then", "vat", 0, "kind", "reversed"),
        set_at("then", "documents", 0, "exists", "yes"),
        set_at("then", "invoices", 0, "posting_date", "2026-03-10"),
        set_at("then", "gl", {}),
        set_at("given", "service_order", []),
        set_at("given", "service_orders", 0, "custmer", "C100"),
        set_at("given", "override", {"settings": {"work_dat": None}}),
        set_at("when", 0, {"pst": {"document": "SO-1"}}),
        set_at("when", 0, {"post": {"document": "SO-1", "shp": True}}),
        set_at("when", 0, {"post": {"document": "SO-1"}, "set": {"document": "SO-1"}}),
        set_at("whn", []),
        without("then"),
    ],
)
def test_a_word_that_is_not_of_the_format_is_a_fault(fault: Fault):
    scenario = read(PARTS)
    fault(scenario)
    with pytest.raises(Unknown):
        words.check(scenario)


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path):
    path = tmp_path / "twice.yaml"
    path.write_text("id: twice\nid: twice\n", encoding="utf-8")
    with pytest.raises(Unknown):
        words.read(path)


def test_decimals_are_exact():
    scenario = read(PARTS)
    assert scenario["then"]["gl"][0]["amount"] == Decimal("-240.00")
    assert type(scenario["then"]["gl"][0]["amount"]) is Decimal


def test_every_word_is_built_or_named_as_not_built():
    assert set(STEPS) == set(VERBS) | {verb for verb in NOT_BUILT["verb"] if verb in STEPS}
    assert NOT_BUILT["verb"] <= set(STEPS)
    assert NOT_BUILT["then"] <= set(THEN) - set(LISTS) - set(MAPS)


def test_what_is_not_built_follows_from_words_alone(monkeypatch: pytest.MonkeyPatch):
    scenario = read(PARTS)
    assert words_not_built(scenario) == []
    monkeypatch.setitem(NOT_BUILT, "verb", frozenset({"release_prepaid"}))
    monkeypatch.setitem(NOT_BUILT, "then", frozenset({"release_documents"}))
    scenario["when"].append({"release_prepaid": {}})
    scenario["then"]["release_documents"] = []
    assert words_not_built(scenario) == ["release_prepaid", "release_documents"]


@pytest.mark.parametrize(
    ("said", "formula"),
    [("14 days", "14D"), ("end of current month + 15 days", "CM+15D"), ("end of current month", "CM")],
)
def test_due_dates_in_words(said: str, formula: str):
    assert due_formula(said) == formula


@pytest.mark.parametrize("said", ["", "soon", "14 weeks"])
def test_no_due_date_is_guessed(said: str):
    with pytest.raises(Refused):
        due_formula(said)


def test_a_change_of_the_base_reaches_the_row_that_is_meant():
    given = {
        "override": {
            "settings": {"invoice_rounding": {"active": True}},
            "customers": [{"number": "C100", "blocked": "all"}],
            "general_posting_setup": [{"business": "domestic", "product": "parts", "sales": None}],
        },
        "items": [{"number": "I999"}],
    }
    data = merged(base(), given)
    assert data["settings"]["invoice_rounding"]["active"] is True
    assert data["settings"]["invoice_rounding"]["precision"] == Decimal("1.00")
    assert [row["blocked"] for row in data["customers"] if row["number"] == "C100"] == ["all"]
    assert [row["name"] for row in data["customers"] if row["number"] == "C100"] == ["Alder Dairy"]
    assert [row["sales"] for row in data["general_posting_setup"]][:2] == [None, 6210]
    assert data["items"][-1] == {"number": "I999"}
    assert len(data["customers"]) == len(base()["customers"])


# --- comparing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected", "actual", "same"),
    [
        ("qty", 4, Decimal("4.00"), True),
        ("number", 6330, "6330", True),
        ("number", "6330", "6330", True),
        ("group", "vat25", "VAT25", True),
        ("description", "Survey", "survey", False),
        ("qty", 4, Decimal("4.01"), False),
        ("order", None, "", True),
        ("order", None, "SO-1", False),
        ("order", "", None, True),
        ("open", True, True, True),
        ("open", True, 1, False),
        ("open", False, None, False),
        ("dimensions", {"DEPT": "SRV"}, {"DEPT": "SRV", "AREA": "NORTH"}, False),
        ("contracts", ["SC-1", "SC-2"], ["SC-2", "SC-1"], True),
        ("contracts", ["SC-1"], ["SC-1", "SC-1"], False),
    ],
)
def test_values_are_compared_as_the_format_says(key: str, expected: Any, actual: Any, same: bool):
    assert equal(key, expected, actual) is same


def test_rows_that_fit_several_are_given_out_so_that_all_fit():
    actual = [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
    Comparison().rows("x", [{"a": 1}, {"a": 1, "b": 2}], actual)
    with pytest.raises(Mismatch):
        Comparison().rows("x", [{"a": 1, "b": 2}, {"a": 1, "b": 2}], actual)


def test_what_nobody_compared_is_known():
    then = {"gl": [{"account": "1", "amount": 1}], "vat": [], "counts": {"gl_entries": 1}}
    compared = Comparison()
    compared.rows("gl", then["gl"], then["gl"])
    assert compared.missing(then) == [("counts", "gl_entries"), ("vat",)]
    compared.rows("vat", [], [])
    compared.value(("counts",), then["counts"], {"gl_entries": 1})
    assert compared.missing(then) == []
    assert len(set(leaves(then, ()))) == 4


@pytest.mark.parametrize(
    ("about", "text", "said"),
    [
        (["6"], "16 units", False),
        (["6"], "6 units", True),
        (["6"], "6.00 units", True),
        (["6"], "6.5 units", False),
        (["6"], "1,6 units", False),
        (["10", "ship"], "You cannot SHIP more than 10 units.", True),
        (["0.01"], "differs by 0.01", True),
        (["SI-1"], "invoice SI-12", False),
        (["SI-1"], "invoice si-1.", True),
        (["a", "b"], "only a", False),
    ],
)
def test_numbers_and_names_stand_alone(about: list[str], text: str, said: bool):
    assert says(about, text) is said


def test_a_finding_is_about_its_own_line():
    found = finding("qty_to_ship_too_large", line=20000, field="qty_to_ship", most="5 units", because="", how="")
    assert is_about(found, ["line 2", "cannot ship more than", "5"])
    assert not is_about(found, ["line 1", "cannot ship more than"])
    assert is_about(found, ["qty. to ship"])
