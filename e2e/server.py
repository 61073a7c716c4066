"""The application as a process of its own, for browser tests: `python -m e2e.server DATABASE_URL PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from webapp.app import create_app
from webapp.memory import settle
from webapp.settings import Settings

if __name__ == "__main__":
    url, port = sys.argv[1], int(sys.argv[2])
    settings = Settings(database_url=url, data=Path("unused"), secret="e2e" * 16)
    app = create_app(settings)
    settle()
    uvicorn.run(app, port=port, log_level="warning", timeout_graceful_shutdown=2)
