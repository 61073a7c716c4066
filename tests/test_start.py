"""What is not loaded when the server starts, so that it starts within a second (F-12)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from webapp.compiled_templates import CompiledTemplates

ROOT = Path(__file__).resolve().parents[1]
# What few requests need, and what other libraries bring along.
HEAVY = {"pydantic", "saxonche", "pikepdf", "plutoprint", "lxml", "openpyxl", "pypdf", "PIL", "httpx", "pytest"}
SERVER = """
from webapp.commands import serve
serve.app()
"""


def run(source: str, data: Path) -> str:
    """What a new process prints."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{data}/books.sqlite", "FINALIZE_DATA": str(data)}
    command = (sys.executable, "-c", source)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_server_starts_without_what_few_requests_need(tmp_path: Path):
    loaded = run(f"{SERVER}\nimport sys\nprint(*sys.modules)", tmp_path).split()
    assert {module.partition(".")[0] for module in loaded} & HEAVY == set()


def test_what_stays_is_not_looked_through_again_and_again(tmp_path: Path):
    """The garbage collector looks at little while it is loaded, and at nothing of it afterwards."""
    source = f"from webapp import cli, memory\nmemory.loading()\n{SERVER}\nimport gc"
    counted = f"{source}\nprint(gc.get_freeze_count() > 100_000, sum(g['collections'] for g in gc.get_stats()) < 100)"
    assert "True True" in run(counted, tmp_path)


# --- Templates


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "page.html").write_text("Hello {{ name }}")
    return tmp_path / "sources"


class Compiling(jinja2.Environment):
    """Counts what it compiles."""

    compiled = 0

    def _compile(self, source, filename):
        self.compiled += 1
        return super()._compile(source, filename)


def page_of_a_new_process(sources: Path, kept: Path) -> tuple[str, int]:
    """What it shows, and how many templates were compiled for it."""
    environment = Compiling(loader=jinja2.FileSystemLoader(sources), bytecode_cache=CompiledTemplates(kept))
    return environment.get_template("page.html").render(name="Graz"), environment.compiled


def test_a_template_is_compiled_once_for_all_starts(sources: Path, tmp_path: Path):
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Hello Graz", 1)
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Hello Graz", 0)


def test_a_changed_template_and_another_jinja_compile_anew(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page_of_a_new_process(sources, tmp_path / "kept")
    (sources / "page.html").write_text("Good day {{ name }}")
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Good day Graz", 1)
    monkeypatch.setattr(jinja2, "__version__", "4.0")
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Good day Graz", 1)


def test_a_damaged_file_is_made_anew(sources: Path, tmp_path: Path):
    page_of_a_new_process(sources, tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    for content in (b"", b"rubbish", kept.read_bytes()[:40]):
        kept.write_bytes(content)
        assert page_of_a_new_process(sources, tmp_path / "kept") == ("Hello Graz", 1)
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Hello Graz", 0)


def test_where_nothing_may_be_written_pages_are_shown_all_the_same(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("no folder")
    assert page_of_a_new_process(sources, tmp_path / "file" / "kept") == ("Hello Graz", 1)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert page_of_a_new_process(sources, tmp_path / "kept") == ("Hello Graz", 1)
    assert not (tmp_path / "kept").exists()
