"""`./finalize test`: every check of the project, each in a process of its own, two at a time.

    ./finalize test                                  everything, in its short form
    ./finalize test ruff sqlite                      these steps only
    ./finalize test long                             everything with the full figures (FINALIZE_LONG=1)
    ./finalize test scenarios [DIR] [-k ID] [--engine sqlite|postgresql]

What cannot run here (no PostgreSQL, no Chromium) is named loudly at the end, and is a failure when CI=true.
Unit and browser tests are separate processes: Playwright leaves an event loop running.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests import browser, postgres

ROOT = Path(__file__).resolve().parents[1]
LANES = 2
NO_TESTS = 5  # pytest's exit status when it found nothing to run


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    step: Step
    status: int
    seconds: float
    output: str

    @property
    def empty(self) -> bool:
        return self.status == NO_TESTS and "pytest" in self.step.command

    @property
    def failed(self) -> bool:
        return self.status != 0 and not self.empty

    @property
    def counts(self) -> str:
        """ "72 passed, 1 skipped" of pytest, the last line of the other tools."""
        lines = [line for line in self.output.splitlines() if line.strip()]
        last = lines[-1].strip("= ") if lines else ""
        return re.sub(r" in [\d.]+s.*", "", last) if "pytest" in self.step.command else last[:60]

    @property
    def left_out(self) -> list[str]:
        if self.empty:
            return [f"{self.step.name}: found no tests"]
        skipped = re.findall(r"^SKIPPED (.+)$", self.output, re.MULTILINE)
        return [f"{self.step.name}: {line}" for line in skipped]

    @property
    def expected_to_fail(self) -> int:
        found = re.search(r"(\d+) xfailed", self.counts)
        return int(found[1]) if found else 0


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def pytest(*arguments: str) -> tuple[str, ...]:
    return python("pytest", "-q", "-rs", "--durations=5", "--durations-min=1", *arguments)


def files(pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))


BROWSER = ("Chromium", "browser tests")
STEPS = (  # the longest first: two lanes end together
    Step("ruff", python("ruff", "check", ".")),
    Step("format", python("ruff", "format", "--check", ".")),
    Step("imports", (str(Path(sys.executable).with_name("lint-imports")),)),
    Step("mypy", python("mypy")),
    Step("postgresql", pytest("tests", "--engine", "postgresql", "-m", "database"), ("PostgreSQL",)),
    Step("sqlite", pytest("tests", "--ignore", "tests/pages", "--engine", "sqlite")),
    Step("e2e-tasks", pytest(*files("e2e/test_task_*.py"), "--engine", "sqlite"), BROWSER),
    Step("e2e-sqlite", pytest("e2e", "--ignore-glob", "*/test_task_*", "--engine", "sqlite"), BROWSER),
    Step("e2e-postgresql", pytest("e2e", "--engine", "postgresql"), (*BROWSER, "PostgreSQL")),
    Step("pages", pytest("tests/pages", "--engine", "sqlite")),
)


def absent() -> set[str]:
    """What steps may need and this machine has not."""
    here = {
        "PostgreSQL": postgres.binaries() is not None,
        "Chromium": browser.program() is not None,
        "browser tests": (ROOT / "e2e").is_dir(),
    }
    return {name for name, found in here.items() if not found}


def environment(**extra: str) -> dict[str, str]:
    """Ours, without the settings of a database that is in use."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "FINALIZE_DATA")}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def run(step: Step, extra: Mapping[str, str]) -> Result:
    started = time.monotonic()
    done = subprocess.run(
        step.command, cwd=ROOT, env=environment(**extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return Result(step, done.returncode, time.monotonic() - started, done.stdout)


def run_all(steps: Sequence[Step], extra: Mapping[str, str]) -> list[Result]:
    results = []
    with ThreadPoolExecutor(LANES) as lanes:
        for future in as_completed([lanes.submit(run, step, extra) for step in steps]):
            result = future.result()
            results.append(result)
            print(f"{_word(result):7} {result.step.name:15} {result.seconds:6.1f} s  {result.counts}", flush=True)
            if result.failed:
                print(f"\n{result.output}\n", flush=True)
    return sorted(results, key=lambda result: steps.index(result.step))


def _word(result: Result) -> str:
    return "FAILED" if result.failed else "nothing" if result.empty else "ok"


def everything(names: Sequence[str], extra: Mapping[str, str]) -> int:
    gone = absent()
    wanted = [step for step in STEPS if not names or step.name in names]
    runnable = [step for step in wanted if not gone & set(step.needs)]
    left_out = [
        f"{step.name}: no {', '.join(sorted(gone & set(step.needs)))}" for step in wanted if step not in runnable
    ]
    started = time.monotonic()
    results = run_all(runnable, extra)
    left_out += [line for result in results for line in result.left_out]
    _summary(results, left_out, time.monotonic() - started)
    strict = os.environ.get("CI") == "true"
    return 1 if any(result.failed for result in results) or (strict and left_out) else 0


def _summary(results: Sequence[Result], left_out: Sequence[str], seconds: float) -> None:
    print(f"\n{'step':15} {'':7} {'time':>8}  result")
    for result in results:
        print(f"{result.step.name:15} {_word(result):7} {result.seconds:6.1f} s  {result.counts}")
    print(f"{'together':15} {'':7} {seconds:6.1f} s")
    left_out = [f"!! LEFT OUT  {line}" for line in left_out]
    expected = [result for result in results if result.expected_to_fail]
    left_out += [f"!! EXPECTED TO FAIL  {result.step.name}: {result.expected_to_fail}" for result in expected]
    if left_out:
        print("\n" + "!" * 78)
        print("\n".join(left_out))
        print("!" * 78)


def scenarios(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="finalize test scenarios")
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of scenario files; by default the project's own")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("-k", dest="only", metavar="ID", help="only scenarios whose name contains this")
    options = parser.parse_args(arguments)
    if options.folder and not options.folder.is_dir():
        parser.error(f"{options.folder} is not a folder")
    command = python("pytest", "tests/scenarios", "--engine", options.engine, "-p", "no:randomly")
    command += ("-k", options.only) if options.only else ()
    extra = {"FINALIZE_SCENARIOS": str(options.folder.resolve())} if options.folder else {}
    return subprocess.run(command, cwd=ROOT, env=environment(**extra)).returncode


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] == "scenarios":
        return scenarios(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="finalize test", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", nargs="*", help=f"long, scenarios, or steps: {', '.join(step.name for step in STEPS)}")
    names = parser.parse_args(arguments).what
    long = "long" in names
    names = [name for name in names if name != "long"]
    if unknown := set(names) - {step.name for step in STEPS}:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    return everything(names, {"FINALIZE_LONG": "1"} if long else {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
