"""Checks an archive of sealed documents with nothing but Python: seals, chains, numbers and sums.

    python check_seals.py ARCHIVE.zip

The archive holds `series.json`, the number series with their last seals, and `documents.jsonl`, a line for each posted
document: its kind, number and series, the seal before it in the series, its own seal, and its content as a text. The
seal is the SHA-256 of the seal before it, a line feed and the content, in UTF-8. Amounts are whole numbers: the amount
times 100,000. Exit status: 0 everything holds, 1 something does not, 2 this is no such archive.
"""

import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

Row = dict[str, Any]
PLACES = 100_000
DIGITS = re.compile(r"^(.*?)(\d+)(\D*)$", re.S)


def main(path: str) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            series = json.loads(archive.read("series.json"))
            documents = [json.loads(line) for line in archive.read("documents.jsonl").splitlines()]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        print(f"{path} is no archive of sealed documents: {error}")
        return 2
    faults = list(check(series, documents))
    for fault in faults:
        print(fault)
    sealed = sum(1 for one in documents if one["seal"])
    codes = {one["series"] for one in documents}
    if faults:
        print(f"{len(faults)} faults in {len(documents)} documents.")
        return 1
    print(f"{sealed} of {len(documents)} documents in {len(codes)} series are sealed; seals, numbers and sums hold.")
    return 0


def check(series: Sequence[Row], documents: Sequence[Row]) -> Iterator[str]:
    """Everything that does not hold, in words."""
    for one in documents:
        yield from content_faults(one)
    for code in sorted({one["series"] for one in documents} | {one["series"] for one in series}):
        own = [one for one in documents if one["series"] == code]
        lines = [one for one in series if one["series"] == code]
        yield from chain_faults(code, own, {line["last_seal"] for line in lines if line["last_seal"]})
        if any(line["gapless"] for line in lines):
            yield from number_faults(code, own, lines)


def named(one: Row) -> str:
    return f"{one['kind']} {one['no']}"


def content_faults(one: Row) -> Iterator[str]:
    """The seal fits the content, the content the document, and the lines their sums."""
    wanted = hashlib.sha256(f"{one['seal_before']}\n{one['content']}".encode()).hexdigest()
    if one["seal"] and one["seal"] != wanted:
        yield f"{named(one)}: its content is not what was sealed"
    content = json.loads(one["content"])
    header = content["header"]
    if (content["kind"], header.get("no")) != (one["kind"], one["no"]) or header.get("no_series", "") != one["series"]:
        yield f"{named(one)}: its content is that of {content['kind']} {header.get('no')}"
    if one["kind"] == "shipment":
        return
    for name in ("amount", "amount_including_vat"):
        total, parts = header.get(name, 0), sum(line.get(name, 0) for line in content["lines"])
        if total != parts:
            yield f"{named(one)}: {name} is {shown(total)}, its lines come to {shown(parts)}"
    including = header.get("amount_including_vat", 0)
    for name, total in (
        ("amount_including_vat", including),
        ("amount", including - header.get("amount", 0)),
    ):
        parts = sum(row.get(name, 0) for row in content["vat"])
        if content["vat"] and total != parts:
            yield f"{named(one)}: its VAT specification comes to {shown(parts)}, not {shown(total)}"


def shown(amount: int) -> str:
    return f"{amount / PLACES:,.2f}"


def chain_faults(code: str, documents: Sequence[Row], last_seals: set[str]) -> Iterator[str]:
    """One chain from the beginning of the series to its last seal."""
    following: dict[str, Row] = {}
    for one in documents:
        if not one["seal"]:
            continue
        if one["seal_before"] in following:
            yield f"{named(one)} and {named(following[one['seal_before']])} follow the same seal in series {code}"
        following[one["seal_before"]] = one
    sealed, seal, count = sum(1 for one in documents if one["seal"]), "", 0
    while seal in following and count <= sealed:
        seal, count = following[seal]["seal"], count + 1
    if count < sealed:
        yield f"series {code}: the chain breaks after {count} of {sealed} documents"
    if {seal} - {""} != last_seals:
        yield f"series {code}: it does not end with its last seal"


def number_faults(code: str, documents: Sequence[Row], lines: Sequence[Row]) -> Iterator[str]:
    """Each number of a gapless series once, and no other."""
    found: dict[str, int] = {}
    for one in documents:
        found[one["no"]] = found.get(one["no"], 0) + 1
    expected = {number for line in lines for number in numbers(line)}
    for number in sorted(expected - found.keys()):
        yield f"series {code}: number {number} is missing"
    for number in sorted(found.keys() - expected):
        yield f"series {code}: it has not given number {number}"
    for number, times in sorted(found.items()):
        if times > 1:
            yield f"series {code}: number {number} is there {times} times"


def numbers(line: Row) -> Iterator[str]:
    first, last = DIGITS.match(line["starting_no"]), DIGITS.match(line["last_no_used"])
    if first is None or last is None:
        return
    head, digits, tail = first.groups()
    for number in range(int(digits), int(last.group(2)) + 1, max(line["increment_by"], 1)):
        yield f"{head}{number:0{len(digits)}d}{tail}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
