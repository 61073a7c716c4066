"""What a process of the product imports, for the one that the others are forked from."""

from importlib import import_module
from pathlib import Path

import webapp.app  # noqa: F401
from webapp import commands
from webapp.memory import settle

FOR_DEVELOPERS = ("__init__", "test", "bench")

for _path in Path(commands.__path__[0]).glob("*.py"):
    if _path.stem not in FOR_DEVELOPERS:
        import_module(f"webapp.commands.{_path.stem}")
settle()
