"""`./finalize test` says what it did, and what it did not."""

import pytest

from tests import run

PYTEST = run.Step("sqlite", run.pytest("tests"))


def result(output: str, status: int = 0, step: run.Step = PYTEST) -> run.Result:
    return run.Result(step, status, 1.0, output)


def test_counts_are_those_of_the_last_line():
    assert result("...\n=== 3 passed, 1 skipped in 0.52s ===\n").counts == "3 passed, 1 skipped"
    assert result("All checks passed!\n", step=run.STEPS[0]).counts == "All checks passed!"


def test_what_is_skipped_is_left_out():
    skipped = result("SKIPPED [2] tests/a.py:3: no printer\n2 skipped in 0.1s")
    assert (skipped.failed, skipped.left_out) == (False, ["sqlite: [2] tests/a.py:3: no printer"])


def test_finding_no_tests_is_left_out_and_not_a_success():
    nothing = result("no tests ran in 0.01s", run.NO_TESTS)
    assert (nothing.failed, nothing.empty, nothing.left_out) == (False, True, ["sqlite: found no tests"])
    assert result("", run.NO_TESTS, run.STEPS[0]).failed


@pytest.fixture
def machine(monkeypatch):
    """A machine that lacks something, and steps that all succeed."""

    def lacks(*names: str, ci: bool) -> None:
        monkeypatch.setattr(run, "absent", lambda: set(names))
        monkeypatch.setattr(run, "run", lambda step, extra: run.Result(step, 0, 0.1, "1 passed in 0.1s"))
        monkeypatch.setenv("CI", "true" if ci else "")

    return lacks


@pytest.mark.parametrize(("ci", "status"), [(False, 0), (True, 1)])
def test_what_the_machine_lacks_is_named_and_fails_in_ci(machine, capsys, ci, status):
    machine("PostgreSQL", ci=ci)
    assert run.everything([], {}) == status
    said = capsys.readouterr().out
    assert "!! LEFT OUT  postgresql: no PostgreSQL" in said
    assert "!! LEFT OUT  e2e-postgresql: no PostgreSQL" in said


def test_everything_there_is_a_success_also_in_ci(machine, capsys):
    machine(ci=True)
    assert run.everything([], {}) == 0
    assert "LEFT OUT" not in capsys.readouterr().out


def test_expected_failures_are_named(machine, monkeypatch, capsys):
    machine(ci=False)
    monkeypatch.setattr(run, "run", lambda step, extra: run.Result(step, 0, 0.1, "1 passed, 7 xfailed in 0.1s"))
    assert run.everything(["sqlite"], {}) == 0
    assert "!! EXPECTED TO FAIL  sqlite: 7" in capsys.readouterr().out


def test_an_unknown_step_is_wrong_use(capsys):
    with pytest.raises(SystemExit) as ended:
        run.main(["sqlit"])
    assert ended.value.code == 2
    assert "no such step: sqlit" in capsys.readouterr().err
