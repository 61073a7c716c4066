"""Seals of posted documents: an archive with them and the script that checks it without this program (R-1.10)."""

import json
import zipfile
from pathlib import Path

import click

from db.engine import reading
from webapp.commands import with_current_database
from webapp.store.seals import KINDS, sealed_documents, series_of_seals

CHECKER = Path(__file__).with_name("check_seals.py")


@click.group()
def command() -> None:
    """Seals of posted documents."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_current_database
async def export(file: Path) -> int:
    """Write every posted document with its seal into FILE (.zip), with the script that checks it."""
    count = await write_archive(file)
    click.echo(f"{count} documents are in {file}. To check them: unzip {CHECKER.name} from it, then run")
    click.echo(f"    python {CHECKER.name} {file}")
    return 0


async def write_archive(file: Path) -> int:
    """Every posted document with its seal, as one consistent view of the database shows it; gives how many."""
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        async with reading() as session:
            archive.writestr("series.json", json.dumps(await series_of_seals(session), indent=1))
            with archive.open("documents.jsonl", "w", force_zip64=True) as documents:
                for kind in KINDS.values():
                    async for one in sealed_documents(session, kind):
                        row = {
                            "kind": one.kind,
                            "no": one.no,
                            "series": one.series,
                            "run": one.run,
                            "seal_before": one.seal_before,
                            "seal": one.seal,
                            "content": one.content,
                        }
                        documents.write(json.dumps(row).encode() + b"\n")
                        count += 1
        archive.write(CHECKER, CHECKER.name)
    return count
