"""The log says what went wrong, not about whom (S-6)."""

import json

import pytest
import structlog

from tests.conftest import plain_log
from webapp import logs
from webapp.commands import with_database


def _fail(customer: str) -> None:
    raise ValueError(f"a text of {len(customer)} letters")


def test_a_fault_is_one_line_without_the_values_around_it(capsys):
    logs.configure("info")
    try:
        _fail("Bäckerei Sonnleitner")
    except ValueError as fault:
        structlog.get_logger().error("fault", path="/service-orders/SO-1", exc_info=fault)
    finally:
        plain_log()
    line = capsys.readouterr().out.strip()
    assert json.loads(line)["path"] == "/service-orders/SO-1"
    assert "test_logs" in line and "Sonnleitner" not in line


@pytest.mark.once
def test_a_command_writes_its_log_aside(fresh_database_url, monkeypatch, capsys):
    @with_database
    async def command() -> None:
        print("Done.")
        try:
            _fail("Bäckerei Sonnleitner")
        except ValueError:
            structlog.get_logger().exception("broken off")

    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    try:
        with pytest.raises(SystemExit):
            command()
    finally:
        plain_log()
    written = capsys.readouterr()
    assert written.out == "Done.\n"
    assert json.loads(written.err)["event"] == "broken off" and "Sonnleitner" not in written.err
