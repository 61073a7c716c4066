"""Where the databases of tests are: each test copies one of its own, in memory many times faster than on a disk."""

import shutil
from pathlib import Path

ENOUGH = 4_000_000_000


def in_memory() -> str | None:
    """A folder in memory; None where there is none, or too little of it."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > ENOUGH else None
