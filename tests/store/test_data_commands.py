"""The commands demo, export and import, as a person calls them: each in a process of its own."""

from pathlib import Path

import pytest

from tests.processes import finalize


@pytest.mark.once
def test_a_company_goes_from_one_database_to_another(empty_database_url: str, fresh_database_url: str, tmp_path: Path):
    made = finalize(empty_database_url, "demo", "--work-date", "2026-03-16")
    assert made.returncode == 0, made.stderr
    assert "40 customers" in made.stdout
    assert "password" in made.stdout
    again = finalize(empty_database_url, "demo")
    assert (again.returncode, again.stdout) == (1, "")

    pack = tmp_path / "company.yaml"
    pack.write_text(finalize(empty_database_url, "export").stdout, encoding="utf-8")
    tried = finalize(fresh_database_url, "import", str(pack), "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "would be added" in tried.stdout
    taken = finalize(fresh_database_url, "import", str(pack))
    assert taken.returncode == 0, taken.stderr
    assert " 0 changed, 0 unchanged." in taken.stdout
    repeated = finalize(fresh_database_url, "import", str(pack))
    assert repeated.stdout.startswith("0 added, 0 changed, ")
    assert finalize(fresh_database_url, "export").stdout == pack.read_text(encoding="utf-8")


def test_a_pack_with_faults_is_refused_as_a_whole(fresh_database_url: str):
    refused = finalize(fresh_database_url, "import", "-", typed="customers: [{no: A}, {no: B, currency_code: XXX}]")
    assert refused.returncode == 1
    assert "customers[1].currency_code" in refused.stderr
    assert finalize(fresh_database_url, "export").stdout.strip() == "{}"
    unreadable = finalize(fresh_database_url, "import", "-", typed="customers: [")
    assert unreadable.returncode == 1
    assert "cannot be read" in unreadable.stderr


def test_what_is_no_text_is_no_pack(fresh_database_url: str, tmp_path: Path):
    pack = tmp_path / "noise"
    pack.write_bytes(b"customers: \xff\xfe")
    refused = finalize(fresh_database_url, "import", str(pack))
    assert (refused.returncode, refused.stderr) == (1, "the pack is not text in UTF-8\n")


def test_a_record_that_is_none_is_named_so(fresh_database_url: str):
    refused = finalize(fresh_database_url, "import", "-", typed="customers: [1]")
    assert "customers[0] must be a record." in refused.stderr  # not_a_record
    assert "1 fault;" in refused.stderr


@pytest.mark.parametrize("command", [["verify"], ["export"], ["import", "-"], ["user", "password", "X"]])
def test_a_database_without_tables_is_told_to_migrate(empty_database_url: str, command: list[str]):
    typed = "{}" if command[0] == "import" else "correct horse\ncorrect horse\n"
    refused = finalize(empty_database_url, *command, typed=typed)
    assert refused.returncode == 1
    assert "run `finalize migrate` first" in refused.stderr


def test_a_database_of_another_kind_is_refused():
    refused = finalize("mysql://here", "verify")
    assert refused.returncode == 1
    assert (
        refused.stderr == "finalize: DATABASE_URL: the database address must begin with sqlite:/// or postgresql://\n"
    )
