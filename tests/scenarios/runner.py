"""Runs one scenario: builds what is given, takes the steps, compares everything that `then` says.

A pass means that every value of `then` was compared; a value that nobody looked at is a failure like a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from db.engine import reading
from tests.posting.verified import wrong_balances
from tests.scenarios import then as now
from tests.scenarios.base import Data, merged
from tests.scenarios.compare import Comparison, Mismatch, says
from tests.scenarios.given import USER, build
from tests.scenarios.steps import run_step
from tests.scenarios.then import LISTS, MAPS, NAMED
from tests.scenarios.words import SCENARIO
from tests.scenarios.world import TYPES, NotBuilt, Outcome, World, row_hashes
from webapp.posting.findings import Finding
from webapp.store.acting import Acting
from webapp.store.batch_results import BatchDocument

# What later work of the product brings, by where the word stands. A scenario that comes to one of these is expected to
# fail there, and only there; when it passes, the word must go.
NOT_BUILT: dict[str, frozenset[str]] = {
    "given": frozenset(),
    "verb": frozenset(),
    "then": frozenset(),
}  # fmt: skip


def words_not_built(scenario: Mapping[str, Any]) -> list[str]:
    """The words of the scenario that the product cannot do yet."""
    used = {
        "given": list(scenario["given"]),
        "verb": [verb for step in scenario["when"] for verb in step],
        "then": list(scenario["then"]),
    }
    return [word for where, words in used.items() for word in dict.fromkeys(words) if word in NOT_BUILT[where]]


async def run(scenario: Mapping[str, Any], base: Data, world: World | None = None) -> None:
    """Raises Mismatch, Refused or NotBuilt; returns when the scenario holds."""
    world = world or World(acting_of(merged(base, scenario["given"])))
    before = await play(scenario, base, world)
    await compare(scenario, world, before)


async def play(scenario: Mapping[str, Any], base: Data, world: World) -> Mapping[str, int]:
    """Builds what is given and takes the steps; gives where the ledgers stood before the first."""
    await _build(scenario, merged(base, scenario["given"]), world)
    before = await now.baseline()
    await world.note_line_discount(0)
    for number, step in enumerate(scenario["when"], 1):
        await _take(scenario, world, number, step)
    return before


def acting_of(data: Data) -> Acting:
    return Acting(USER, "system", data["settings"]["work_date"])


async def _build(scenario: Mapping[str, Any], data: Data, world: World) -> None:
    given = scenario["given"]
    world.reached |= set(given)
    await build(data, given, world.acting)
    world.know(given)


# --- steps --------------------------------------------------------------------------------------------------------


def refusals(then: Mapping[str, Any]) -> dict[int, Sequence[Any]]:
    """The steps that must be refused, each with what the refusal is about."""
    rows = ([then["error"]] if "error" in then else []) + (then.get("steps_refused") or [])
    return {int(row["step"]): row.get("about") or [] for row in rows}


async def _take(scenario: Mapping[str, Any], world: World, number: int, step: Mapping[str, Any]) -> None:
    ((verb, parameters),) = step.items()
    await world.apply_what_is_posted()
    must_be_refused = number in refusals(scenario["then"])
    watched = must_be_refused or ("unchanged" in scenario["then"] and verb in ("test_report", "preview"))
    before = await row_hashes() if watched else {}
    outcome = await run_step(world, verb, parameters)
    await world.note_line_discount(number)
    if outcome.refused and not must_be_refused:
        raise Mismatch(f"step {number} ({verb}) was refused: {_told(outcome.errors)}")
    if must_be_refused and not outcome.refused:
        raise Mismatch(f"step {number} ({verb}) was not refused; {_told([*outcome.findings, *outcome.notices])}")
    if watched:
        after = await row_hashes()
        left = {"test_report"} if verb == "test_report" else set()  # the one row that a test leaves (O-28)
        changed = [table for table in after if after[table] != before[table] and table not in left]
        if changed:
            raise Mismatch(f"step {number} ({verb}) was refused but changed {', '.join(changed)}")


def _told(findings: Sequence[Finding]) -> str:
    return "; ".join(f"[{found.code}] {found.message}" for found in findings) or "it said nothing"


# --- then ---------------------------------------------------------------------------------------------------------


async def compare(scenario: Mapping[str, Any], world: World, before: Mapping[str, int]) -> None:
    """Compares all of `then`; raises Mismatch with everything that differs."""
    then = scenario["then"]
    compared = Comparison()
    ordered = sorted(then, key=lambda name: name in NOT_BUILT["then"])
    problems: list[str] = []
    async with reading() as session:
        state = await now.state(session, before, world.acting.work_date, world.names)
        for name in ordered:
            if problems and name in NOT_BUILT["then"]:
                break
            world.reached.add(name)
            try:
                await _compare_one(name, then, scenario, world, state, compared)
            except Mismatch as wrong:
                problems.append(str(wrong))
    problems += [f"balances of customers: {wrong}" for wrong in await wrong_balances()]
    if problems:
        raise Mismatch("\n".join(problems))
    if left := compared.missing(then):
        raise Mismatch("never compared: " + ", ".join(".".join(map(str, path)) for path in left))


async def _compare_one(
    name: str,
    then: Mapping[str, Any],
    scenario: Mapping[str, Any],
    world: World,
    state: now.State,
    compared: Comparison,
) -> None:
    expected = then[name]
    if name in LISTS:
        rows = expected or []
        if name in ("draft_invoices", "draft_credit_memos"):
            actual = now.with_texts_as_shown(rows, await LISTS[name](state))
            compared.rows(name, rows, [row for row in actual if row["document"] not in _given_documents(scenario)])
            return
        compared.rows(name, rows, _named(name, rows, await LISTS[name](state), world))
    elif name in MAPS:
        compared.value((name,), expected, await MAPS[name](state))
    elif name in SHOWN:
        SHOWN[name](expected, scenario, world, compared)
    else:
        raise NotBuilt(name)


def _given_documents(scenario: Mapping[str, Any]) -> set[str]:
    """The open documents that no step made."""
    return {str(row["number"]) for kind in TYPES for row in scenario["given"].get(kind) or []}


def _named(
    name: str, expected: Sequence[Mapping[str, Any]], actual: list[dict[str, Any]], world: World
) -> list[dict[str, Any]]:
    """Of a named list only the records that its rows name; all of them when it has no row, which says that there is
    nothing. A document that was there and is nowhere is a row, too."""
    keys = NAMED.get(name)
    if not keys or not expected:
        return actual
    if unnamed := [row for row in expected if not set(keys) <= row.keys()]:
        raise Mismatch(f"{name}: {unnamed[0]} does not say which {' and '.join(keys)}")
    wanted = {_key(row, keys) for row in expected}
    found = [row for row in actual if _key(row, keys) in wanted]
    if name == "documents":
        there = {_key(row, keys) for row in found}
        gone = {"exists": False, "archived": False, "posting_date": None}
        found += [{"number": number, **gone} for number in world.documents if (number.casefold(),) in wanted - there]
    return found


def _key(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row[key]).casefold() for key in keys)


# --- what steps showed --------------------------------------------------------------------------------------------


def _refused(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """`error` and `steps_refused`: everything a refusal is about stands in one of its findings."""
    rows = expected if isinstance(expected, list) else [expected]
    for i, row in enumerate(rows):
        errors = world.outcomes[int(row["step"]) - 1].errors
        if not any(is_about(found, row["about"]) for found in errors):
            raise Mismatch(f"step {row['step']}: no finding about {row['about']}; it said {_told(errors)}")
        path: tuple[Any, ...] = ("steps_refused", i) if isinstance(expected, list) else ("error",)
        compared.value(path, row, row)


def is_about(found: Finding, about: Sequence[Any]) -> bool:
    """Whether all words are in code, table, record, label and message together; `line n` is the line found."""
    lines = [str(word) for word in about if str(word).startswith("line ") and str(word)[5:].isdigit()]
    others = [word for word in about if str(word) not in lines]
    if any(found.line != int(line[5:]) * 10000 for line in lines):
        return False
    text = " ".join((found.code, found.table, found.record, found.label, found.message))
    return says(others, text)


def _findings(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """What the test report says, or would say right before a refusal: all errors, and the warnings that are listed."""
    outcome = _reported(scenario, world)
    listed = [(row, found) for row in expected for found in outcome.before if _is_finding(row, found)]
    errors = [found for found in outcome.before if found.is_error]
    wanted = [row for row in expected if row.get("severity", "error") == "error"]
    _one_each(wanted, errors)
    for row in expected:
        if not any(one is row for one, _ in listed):
            raise Mismatch(f"findings: nothing about {row}; found {_told(outcome.before)}")
    compared.value(("findings",), expected, expected)


def _reported(scenario: Mapping[str, Any], world: World) -> Outcome:
    """The test report, or the refused posting or preview, that the findings are about."""
    reports = _steps_of(scenario, "test_report")
    refused = [step for step in refusals(scenario["then"]) if {"post", "preview"} & set(scenario["when"][step - 1])]
    told = reports or refused
    if not told:
        raise NotBuilt("batch_post")
    return world.outcomes[max(told) - 1]


def _steps_of(scenario: Mapping[str, Any], verb: str) -> list[int]:
    return [number for number, step in enumerate(scenario["when"], 1) if verb in step]


def _shown(scenario: Mapping[str, Any], world: World, verb: str) -> Any:
    """What the latest step of this kind put on the screen."""
    steps = _steps_of(scenario, verb)
    if not steps:
        raise Mismatch(f"no step shows a {verb}")
    return world.outcomes[steps[-1] - 1].shown


def _report(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    verb = "test_report" if _steps_of(scenario, "test_report") else "create_contract_invoices"
    compared.rows("report", expected, _shown(scenario, world, verb))


def _preview(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """The latest preview; a ledger or a document that is not named has none."""
    shown = _shown(scenario, world, "preview")
    for name in ("counts", "document_numbers"):
        if name in expected and expected[name].keys() != shown[name].keys():
            raise Mismatch(f"preview.{name}: expected {expected[name]}, found {shown[name]}")
    compared.value(("preview",), expected, shown)


def _statistics(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    compared.value(("statistics",), expected, _shown(scenario, world, "statistics"))


def _entries_found(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """What the latest search found; a ledger or a kind of document that is not named has none."""
    shown = _shown(scenario, world, "find_entries")
    if expected.keys() - {"amounts"} != shown.keys() - {"amounts"}:
        raise Mismatch(f"entries_found: expected {expected}, found {shown}")
    compared.value(("entries_found",), expected, shown)


def _printed(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """What is on the paper of each print."""
    rows = [
        {"after_step": Decimal(number), **world.outcomes[number - 1].shown} for number in _steps_of(scenario, "print")
    ]
    compared.rows("printed", expected, rows)


def _is_finding(row: Mapping[str, Any], found: Finding) -> bool:
    line = int(row["line"]) * 10000 if row.get("line") is not None else None
    same = found.severity == row.get("severity", "error") and found.line == line
    return same and found.document in ("", str(row["document"])) and is_about(found, row["about"])


def _one_each(wanted: Sequence[Mapping[str, Any]], errors: Sequence[Finding]) -> None:
    free = list(errors)
    for row in wanted:
        match = next((found for found in free if _is_finding(row, found)), None)
        if match is None:
            raise Mismatch(f"findings: no error about {row}; found {_told(errors)}")
        free.remove(match)
    if free:
        raise Mismatch(f"findings: not expected: {_told(free)}")


def _batch_result(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """The stored result of the latest batch: each document once, with its outcome and what is said of it."""
    verbs = [next(iter(step)) for step in scenario["when"]]
    last = max(at for at, verb in enumerate(verbs) if verb in ("batch_post", "retry_failed"))
    documents: Sequence[BatchDocument] = world.outcomes[last].shown or ()
    actual = [
        {"document": row["document"], "outcome": found.outcome, "about": row.get("about")}
        for row in expected
        for found in documents
        if found.document_no == str(row["document"])
        and ("about" not in row or any(is_about(one, row["about"]) for one in found.findings))
    ]
    if len(actual) != len(documents):
        told = "; ".join(f"{one.document_no} {one.outcome}: {_told(one.findings)}" for one in documents)
        raise Mismatch(f"batch_result: expected {expected}, found {told}")
    compared.rows("batch_result", expected, actual)


def _messages(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    for words in expected:
        if not any(says(words, message) for message in world.messages):
            raise Mismatch(f"messages: none says {words}; shown were {world.messages}")
    compared.value(("messages",), expected, expected)


def _line_discounts(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    wanted = {int(row["after_step"]) for row in expected}
    compared.rows("line_discounts", expected, [row for row in world.line_discounts if row["after_step"] in wanted])


def _unchanged(expected: Any, scenario: Mapping[str, Any], world: World, compared: Comparison) -> None:
    """Looked at when the steps were taken; here only that there was such a step."""
    verbs = [verb for step in scenario["when"] for verb in step]
    if expected is not True or not (refusals(scenario["then"]) or {"test_report", "preview"} & set(verbs)):
        raise Mismatch("unchanged: no step is refused, reported or previewed")
    compared.value(("unchanged",), expected, True)


SHOWN = {
    "error": _refused,
    "steps_refused": _refused,
    "findings": _findings,
    "batch_result": _batch_result,
    "messages": _messages,
    "line_discounts": _line_discounts,
    "unchanged": _unchanged,
    "report": _report,
    "preview": _preview,
    "statistics": _statistics,
    "entries_found": _entries_found,
    "printed": _printed,
}

assert set(SCENARIO["then"]) == {*LISTS, *MAPS, *SHOWN, *NOT_BUILT["then"]}, (
    "a list of the format is neither read nor named"
)
