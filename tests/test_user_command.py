"""The first administrator is made on the command line, never with a default password (S-2)."""

import pytest

from tests.processes import finalize


@pytest.mark.once
def test_an_administrator_is_made_once_and_can_get_another_password(fresh_database_url: str):
    good = "a long password\na long password\n"
    made = finalize(fresh_database_url, "user", "add", "anna", "--role", "admin", typed=good)
    assert made.returncode == 0 and "User ANNA can sign in as admin." in made.stdout
    again = finalize(fresh_database_url, "user", "add", "anna", "--role", "admin", typed=good)
    assert again.returncode == 1 and "exists already" in again.stderr
    short = finalize(fresh_database_url, "user", "password", "anna", typed="short\nshort\n")
    assert short.returncode == 2 and "at least 10 characters" in short.stderr
    assert finalize(fresh_database_url, "user", "password", "anna", typed=good).returncode == 0
    assert finalize(fresh_database_url, "user", "password", "nobody", typed=good).returncode == 1
    shown = finalize(fresh_database_url, "user", "password", "anna", "--password", "a long password")
    assert shown.returncode == 2 and "No such option" in shown.stderr
