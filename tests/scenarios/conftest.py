"""Scenarios start from a copy of a database that holds the base of their pack, so that none enters it again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db import engine
from tests.conftest import Databases
from tests.scenarios import given, words
from tests.scenarios.base import merged
from tests.scenarios.runner import acting_of
from tests.scenarios.test_scenarios import OWN_BASE

Templates = dict[Path, tuple[str, given.Pack]]


@pytest.fixture(scope="session")
def base_templates() -> Templates:
    """By base: the address of a database that holds it, and what it holds."""
    return {}


@pytest.fixture
def fresh_database_url(
    request: pytest.FixtureRequest, databases: Databases, migrated_template: str, base_templates: Templates
) -> Iterator[str]:
    base = getattr(request.module, "BASE", OWN_BASE)
    if base not in base_templates:
        base_templates[base] = _entered(databases.create(migrated_template), base)
    template, given.entered_before = base_templates[base]
    url = databases.create(template)
    yield url
    databases.give_up(url)
    given.entered_before = {}


def _entered(url: str, base: Path) -> tuple[str, given.Pack]:
    data = merged(words.read_base(base), {})
    pack = given.unrestricted(given.company(data, {}))
    pack.pop("opening_stock")  # another quantity cannot be entered over it

    async def enter() -> None:
        async with engine.connected(url):
            await given.enter_pack(acting_of(data), pack)

    with ThreadPoolExecutor(1) as thread:  # an event loop of its own
        thread.submit(asyncio.run, enter()).result()
    return url, pack
