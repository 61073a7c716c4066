"""The start script finds its checkout from anywhere, installs when the lock changed, and only then."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FAKE_PYTHON = """#!/bin/sh
case "$*" in *"pip install"*) echo "installed"; exit 0;; esac
echo "run $* data=$FINALIZE_DATA path=$PYTHONPATH cwd=$(pwd)"
"""


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the script needs, with a virtual environment that only tells what it is asked."""
    root = tmp_path / "check out"
    for path in ("finalize", "requirements.lock", "tests/requirements.lock"):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / path).read_bytes())
    (root / "finalize").chmod(0o755)
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    return root


OTHER_PYTHON = f"""#!/bin/sh
case "$*" in
*version_info*) exit $TOO_OLD;;
*"-m venv"*) mkdir -p "$3/bin"; cat >"$3/bin/python" <<'END'
{FAKE_PYTHON}END
chmod +x "$3/bin/python";;
esac
"""


def start(script: Path, *arguments: str, cwd: Path, status: int = 0, **more: str) -> list[str]:
    without_uv = {**os.environ, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    kept = {name: value for name, value in without_uv.items() if not name.startswith(("FINALIZE", "PYTHON", "PYENV"))}
    kept["PATH"] = os.pathsep.join([str(Path(os.__file__).parents[2] / "bin"), kept["PATH"]])
    kept |= more
    done = subprocess.run([script, *arguments], cwd=cwd, env=kept, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return [*done.stderr.splitlines(), *done.stdout.splitlines()]


def test_runs_from_anywhere_and_through_a_link(checkout, tmp_path):
    link = tmp_path / "bin/finalize"
    link.parent.mkdir()
    link.symlink_to(Path("..") / checkout.name / "finalize")
    for script in (checkout / "finalize", link):
        *_, said = start(script, "serve", "--demo", cwd=tmp_path)
        assert said == f"run -P -m webapp.cli serve --demo data={checkout}/data path={checkout} cwd={tmp_path}"


def test_keeps_compiled_modules_also_where_the_environment_forbids_it(checkout, tmp_path):
    """As in most containers: without them each start takes a third longer (F-12)."""
    python = checkout / ".venv/bin/python"
    python.write_text(FAKE_PYTHON.replace("cwd=$(pwd)", "forbidden=${PYTHONDONTWRITEBYTECODE:-no}"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FINALIZE", "PYTHON"))}
    asked = {**kept, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([checkout / "finalize", "serve"], cwd=tmp_path, env=asked, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].endswith("forbidden=no")


def test_installs_when_the_lock_changed_and_only_then(checkout, tmp_path):
    def installs(command: str) -> bool:
        return "installed" in start(checkout / "finalize", command, cwd=tmp_path)

    assert [installs("serve"), installs("serve")] == [True, False]
    assert [installs("test"), installs("test"), installs("serve")] == [True, False, False]
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text() + "# changed\n")
    assert [installs("serve"), installs("serve")] == [True, False]


def test_takes_the_python_that_is_named(checkout, tmp_path):
    named = tmp_path / "other-python"
    named.write_text(OTHER_PYTHON)
    named.chmod(0o755)
    shutil.rmtree(checkout / ".venv")
    fresh = checkout / "finalize"
    said = start(fresh, "serve", cwd=tmp_path, status=2, FINALIZE_PYTHON=str(named), TOO_OLD="1")
    assert said == [f"finalize: needs Python 3.11 or newer; FINALIZE_PYTHON names {named}"]
    said = start(fresh, "serve", cwd=tmp_path, FINALIZE_PYTHON=str(named), TOO_OLD="0")
    assert "installed" in said
    assert f"finalize: installing what it needs into {checkout}/.venv with {named} (once)" in said
