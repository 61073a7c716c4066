"""The commands demo, export and import, as a person calls them: each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def finalize(url: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "webapp.cli", *arguments]
    return subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, timeout=120)


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
