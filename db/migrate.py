"""Brings the schema up to date: the files `migrations/NNNN_name.sql`, each in one transaction with its version row.

A file holds statements for both databases (the words of `db/dialect.py`). A statement ends with `;` at the end of a
line before an empty line or the end of the file. Lines directly before a statement may say

    -- only: sqlite                 this statement is for one database
    -- for each: a, b, c            the statement is repeated with {table} = a, b and c

A file that was applied never changes again; a correction is a new file. Processes that start together wait for each
other, and the later ones find the work done.
"""

import datetime
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from db import engine
from db.dialect import expand
from db.engine import Session

FOLDER = Path(__file__).parent / "migrations"

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_STATEMENT_END = re.compile(r";[ \t]*(?:\n(?=[ \t]*\n)|\n?\Z)")
_DIRECTIVE = re.compile(r"--\s*(only|for each):\s*(.+)")
_ROWS_STAY = re.compile(
    r"(?:\s*--[^\n]*\n)*\s*(?:(?:CREATE|DROP\s+(?:INDEX|TRIGGER|VIEW))\b"
    r"|ALTER\s+TABLE\s+\w+\s+ADD\s+COLUMN\b(?!.*\bDEFAULT\b.*\bREFERENCES\b)(?!.*\bREFERENCES\b.*\bDEFAULT\b))",
    re.IGNORECASE | re.DOTALL,
)
_VERSION_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version INTEGER PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
)"""


class MigrationError(Exception):
    """The database and the migrations of this program do not fit together. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, dialect: str) -> Iterator[str]:
        for part in _STATEMENT_END.split(self.text):
            yield from _written_out(part.strip(), dialect)

    def rows_stay(self, dialect: str) -> bool:
        """It makes or drops indexes, triggers, views and tables without rows, adds columns, and makes no row that is
        there refer to another."""
        return all(_ROWS_STAY.match(statement) for statement in self.statements(dialect))


async def migrate(folder: Path = FOLDER) -> list[Migration]:
    """Applies what is missing, and gives what it applied."""
    migrations = known(folder)
    if not await pending(folder):
        return []
    return [migration for migration in migrations if await _apply(migration, migrations)]


async def pending(folder: Path = FOLDER) -> list[Migration]:
    """What `migrate` would apply. Raises MigrationError when the database is not of this program."""
    migrations = known(folder)
    async with engine.reading() as session:
        applied = await _applied(session) if await _has_version_table(session) else {}
    _compare(migrations, applied)
    return [migration for migration in migrations if migration.version not in applied]


def latest(folder: Path = FOLDER) -> int:
    """The version that this program needs; 0 without any migration."""
    return max((migration.version for migration in known(folder)), default=0)


def known(folder: Path = FOLDER) -> list[Migration]:
    found = []
    for path in sorted(folder.glob("*.sql")):
        parts = _FILE_NAME.fullmatch(path.name)
        if parts is None:
            raise MigrationError(f"{path.name} is not named like 0001_name.sql")
        found.append(Migration(int(parts[1]), parts[2], path.read_text(encoding="utf-8")))
    versions = [migration.version for migration in found]
    if len(set(versions)) < len(versions):
        raise MigrationError(f"two migrations have the same number: {versions}")
    return found


async def _apply(migration: Migration, migrations: Sequence[Migration]) -> bool:
    async with engine.schema_change(migration.rows_stay(engine.dialect())) as session:
        await session.execute(_VERSION_TABLE)
        applied = await _applied(session)
        _compare(migrations, applied)  # again, now that nobody else can migrate
        if migration.version in applied:
            return False
        for statement in migration.statements(session.dialect):
            try:
                await session.execute(statement)
            except engine.DatabaseError as error:
                error.add_note(f"in {migration.version:04}_{migration.name}.sql:\n{statement}")
                raise
        await session.execute(
            "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
            migration.version,
            migration.name,
            migration.checksum,
            datetime.datetime.now(datetime.UTC),
        )
    return True


async def _has_version_table(session: Session) -> bool:
    found = {
        "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
        "postgresql": "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'schema_migration'",
    }[session.dialect]
    return bool(await session.fetch(found))


async def _applied(session: Session) -> dict[int, str]:
    rows = await session.fetch("SELECT version, checksum FROM schema_migration ORDER BY version")
    return {int(version): str(checksum) for version, checksum in rows}


def _compare(migrations: Sequence[Migration], applied: dict[int, str]) -> None:
    by_version = {migration.version: migration for migration in migrations}
    for version, checksum in applied.items():
        migration = by_version.get(version)
        if migration is None:
            raise MigrationError(f"the database is at version {version}, which this program does not know: update it")
        if migration.checksum != checksum:
            raise MigrationError(f"{version:04}_{migration.name}.sql was changed after it was applied")
    late = [version for version in by_version if version not in applied and version < max(applied, default=0)]
    if late:
        raise MigrationError(f"migration {late[0]:04} comes too late: {max(applied):04} was applied already")


def _written_out(part: str, dialect: str) -> Iterator[str]:
    """The statements of one database that a part of the file stands for: none, one, or one for each table."""
    if not any(line.strip() and not line.lstrip().startswith("--") for line in part.splitlines()):
        return
    directives = dict(_DIRECTIVE.findall(part))
    if directives.get("only", dialect).strip() != dialect:
        return
    statement = expand(part, dialect)
    if "for each" not in directives:
        yield statement
        return
    for table in directives["for each"].split(","):
        yield statement.replace("{table}", table.strip())
