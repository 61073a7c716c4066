"""Templates that were compiled once are kept beside the compiled modules, under the same conditions.

Compiling the macros took a tenth of each start, and the first look at a page that of its templates.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache

__all__ = ["CompiledTemplates"]

FOLDER: Final = Path(cache_from_source(__file__)).parent


class CompiledTemplates(FileSystemBytecodeCache):
    """Jinja's, where Python keeps its own. What cannot be kept is compiled again the next time.

    What a template is compiled to depends on its text, on Jinja and on Python. A filter that is not always the same
    must be given the context: Jinja calls the others while it compiles.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(str(folder), "template-%s.jinja")

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(f"{jinja2.__version__}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)
