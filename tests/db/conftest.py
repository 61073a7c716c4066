"""A small series and its postings, enough to break a transaction in every way."""

from collections.abc import AsyncIterator

import pytest

from db import engine

TABLES = (
    "CREATE TABLE series (code VARCHAR(10) PRIMARY KEY, last_no BIGINT NOT NULL)",
    """CREATE TABLE posting (
        no BIGINT PRIMARY KEY,
        series_code VARCHAR(10) NOT NULL REFERENCES series (code) DEFERRABLE INITIALLY DEFERRED,
        amount BIGINT NOT NULL CONSTRAINT amount_not_zero CHECK (amount <> 0),
        reference VARCHAR(20) CONSTRAINT reference_once UNIQUE,
        posted_on DATE,
        open BOOLEAN,
        posted_at TIMESTAMPTZ
    )""",
    "INSERT INTO series (code, last_no) VALUES ('SI', 0)",
)
POST = "INSERT INTO posting (no, series_code, amount) VALUES (?, ?, ?)"


@pytest.fixture
async def books(empty_database: str) -> AsyncIterator[str]:
    async with engine.transaction() as session:
        for statement in TABLES:
            await session.execute(statement)
    yield empty_database


async def posted() -> list[int]:
    async with engine.reading() as session:
        return [no for (no,) in await session.fetch("SELECT no FROM posting ORDER BY no")]
