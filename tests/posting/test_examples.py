"""Every worked example of service orders, once on paper and once through the services on a database."""

import pytest

from tests.posting.examples import EXAMPLES
from tests.posting.ledger_text import run_example
from tests.posting.verified import faults
from tests.posting.worlds import InDatabase, OnPaper

each = pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)


@each
async def test_on_paper(anyio_backend: object, text: str):
    await run_example(OnPaper(), text)


@each
async def test_in_the_database(database: str, text: str):
    await run_example(InDatabase(), text)
    assert await faults() == []


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ("gl\n    I-1 | 2310 625.00 | 6110 500.00; 5610 125.00", "the cost entries are missing"),
        ("customer doc amount\n    I-1 625.01", "a cent too much"),
        ("item doc qty\n    S-1 -1\n    S-1 -1", "a row too many"),
        ("order is open", "it is closed"),
    ],
)
async def test_a_table_that_differs_is_found(anyio_backend: object, wrong: str, because: str):
    with pytest.raises(AssertionError):
        await run_example(OnPaper(), f"order C-GOOD\n    10000 item PUMP qty 1\npost ship invoice\n{wrong}")
