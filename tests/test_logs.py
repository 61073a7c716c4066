"""The log says what went wrong, not about whom (S-6)."""

import json

import structlog

from webapp import logs


def _fail(customer: str) -> None:
    raise ValueError(f"a text of {len(customer)} letters")


def test_a_fault_is_one_line_without_the_values_around_it(capsys):
    logs.configure("info")
    try:
        _fail("Bäckerei Sonnleitner")
    except ValueError as fault:
        structlog.get_logger().error("fault", path="/service-orders/SO-1", exc_info=fault)
    finally:
        structlog.reset_defaults()
    line = capsys.readouterr().out.strip()
    assert json.loads(line)["path"] == "/service-orders/SO-1"
    assert "test_logs" in line and "Sonnleitner" not in line
