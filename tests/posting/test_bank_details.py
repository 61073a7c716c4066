"""Account numbers by their check digits (D-121, D-122)."""

import pytest

from webapp.posting.bank_details import is_bic, is_iban


@pytest.mark.parametrize("typed", ["AT61 1904 3002 3457 3201", "at611904300234573201", "DE89370400440532013000"])
def test_an_account_number_may_have_spaces_and_small_letters(typed):
    assert is_iban(typed)


@pytest.mark.parametrize("typed", ["", "AT00 1234", "AT62 1904 3002 3457 3201", "00234573201", "AT61-1904"])
def test_what_is_none(typed):
    assert not is_iban(typed)


def test_the_identifier_of_a_bank_has_8_or_11_signs():
    assert is_bic("STHBAT2G") and is_bic("DEUTDEFF500") and is_bic("sthbat2g")
    assert not any(is_bic(typed) for typed in ("XX", "STHBAT2", "STHBAT2G12", "12345678", ""))
