"""Random months of contracts: each day is billed once or open for a reason on record, and none waits for ever."""

from __future__ import annotations

import pytest

from tests.posting.verified import faults
from tests.store.contract_company import enter
from tests.store.contract_days import Months, company

SEEDS = [pytest.param(32, marks=pytest.mark.once), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(200))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_day_of_a_contract_is_lost_in_random_months(database: str, seed: int):
    await enter(company())
    months = Months(seed, 100)
    try:
        await months.play()
        await months.settle()
        assert await faults() == []
    except AssertionError:
        print(*months.steps, sep="\n")
        raise
