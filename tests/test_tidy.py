"""The shape of the sources: who may import whom, how long a file may be, what may not appear where."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ("webapp/posting", "webapp/billing")
RULES = (ROOT / "webapp/posting/RULES.md", ROOT / "webapp/billing/RULES.md")
MOST_LINES = 600
MOST_IN_A_FUNCTION = 60
# Every route on one screen; one question below the other.
LONGER = {"webapp/app.py create_app": 96, "webapp/store/contract_lists.py load_contract_file": 61}
RULE = re.compile(r"\b(?:[PDCOESFRAW]|WA)-\d+(?:\.\d+)?\b")


def sources(*folders: str, suffix: str = ".py") -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def strange_imports(path: Path) -> list[str]:
    allowed = sys.stdlib_module_names - {"asyncio", "sqlite3", "socket", "subprocess", "time", "random"}
    ours = ("webapp.posting", "webapp.billing")
    return [module for module in imports(path) if module.split(".")[0] not in allowed and not module.startswith(ours)]


def waits(path: Path) -> bool:
    asynchronous = (ast.AsyncFunctionDef, ast.Await, ast.AsyncWith, ast.AsyncFor)
    return any(isinstance(node, asynchronous) for node in ast.walk(ast.parse(path.read_text())))


def test_the_core_imports_the_standard_library_and_itself():
    """And awaits nothing: it decides, and neither reads nor writes (A-2)."""
    assert [(name(path), strange_imports(path)) for path in sources(*CORE) if strange_imports(path)] == []
    assert [name(path) for path in sources(*CORE) if waits(path)] == []


def test_no_file_creeps():
    lengths = {name(path): len(path.read_text().splitlines()) for path in sources("webapp", "db")}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def long_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            which, lines = f"{name(path)} {node.name}", (node.end_lineno or 0) - node.lineno + 1
            if lines > LONGER.get(which, MOST_IN_A_FUNCTION):
                yield which, lines


def test_no_function_creeps():
    assert [long for path in sources("webapp", "db") for long in long_functions(path)] == []


def floats(path: Path) -> list[int]:
    text = path.read_text()
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    found = [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "float"]
    inexact = re.compile(r"\b(Numeric|Real|DoublePrecision)\(")
    return found + [number for number, line in enumerate(text.splitlines(), 1) if inexact.search(line)]


def test_no_float_where_there_is_money():
    assert [(name(path), floats(path)) for path in sources(*CORE, "db") if floats(path)] == []


def inline(path: Path) -> list[str]:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    forbidden = r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+=[\x22\x27]|\bhx-on\b|javascript:"
    return re.findall(forbidden, text, re.IGNORECASE)


def test_templates_hold_no_script_style_or_handler():
    """The content security policy refuses them, so they would fail silently (S-3)."""
    templates = sources("webapp/templates", suffix=".html")
    assert [(name(path), inline(path)) for path in templates if inline(path)] == []


def cited(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from RULE.findall(ast.get_docstring(node) or "")


def known_rules() -> set[str]:
    """Rules stand in bold in one of the project's own lists: `- **P-136** …`."""
    return {rule for path in RULES for rule in re.findall(rf"\*\*({RULE.pattern})\*\*", path.read_text())}


def test_every_rule_that_the_code_cites_is_in_the_list():
    known = known_rules()
    unknown = {f"{name(path)}: {rule}" for path in sources("webapp", "db") for rule in cited(path) if rule not in known}
    assert sorted(unknown) == []


def test_import_contracts_cover_every_part():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {layer.strip(" ()") for line in contracts[0]["layers"] for layer in line.split(":")}
    packages = {f"webapp.{path.parent.name}" for path in ROOT.glob("webapp/*/__init__.py")}
    assert packages <= layers
    behind_the_store = {"webapp.pages", "webapp.api"} & packages
    assert behind_the_store <= set(contracts[1]["source_modules"])


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", (ROOT / path).read_text(), re.MULTILINE))


def test_the_locks_agree():
    """uv reads its lock, pip the two exports of it. The commands that make them stand in pyproject.toml."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in packages}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = dict(line.split("==") for line in project["project"]["dependencies"])
    pinned_dev = dict(line.split("==") for line in project["dependency-groups"]["dev"])
    assert pinned.items() <= locked("requirements.lock").items() <= versions.items()
    assert (pinned | pinned_dev).items() <= locked("tests/requirements.lock").items() <= versions.items()


def test_locks_name_the_public_registry_only():
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    for path in ("requirements.lock", "tests/requirements.lock"):
        assert not re.search(r"https?://|--index|--find-links", (ROOT / path).read_text())


def test_nothing_names_this_machine():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    texts = [ROOT / path for path in tracked if path.endswith((".py", ".md", ".html", ".toml", ".sql", ".css"))]
    home = re.compile(r"(?<![\w.:/])/(?:wo" r"rk|ho" r"me|ro" r"ot)/")
    assert [name(path) for path in texts if path.exists() and home.search(path.read_text())] == []
