"""More scenarios on the base of the pack: what it leaves out of orders, in the same format."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import each
from tests.scenarios import words
from tests.scenarios.runner import run, words_not_built
from tests.scenarios.test_scenarios import OWN_BASE, PACK

HERE = Path(__file__).parent
FILES = sorted((HERE / "pack_more").glob("*.yaml"))


@pytest.mark.parametrize("path", each(6, FILES, pytest.mark.once), ids=[path.stem for path in FILES])
async def test_scenario(database: str, path: Path) -> None:
    await run(words.read(path), words.read_base(OWN_BASE))


def test_none_waits_for_what_is_not_built() -> None:
    assert FILES
    assert not [path.stem for path in FILES if words_not_built(words.read(path))]


def test_no_name_stands_in_both_packs() -> None:
    assert not {path.name for path in FILES} & {path.name for path in PACK.glob("*.yaml")}
