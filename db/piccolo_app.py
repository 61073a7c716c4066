"""The tables, for Piccolo's own tools. The schema comes from the migrations of `db/migrate.py`, not from Piccolo's."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="finalize",
    migrations_folder_path=Path(__file__).parent / "migrations",
    table_classes=table_finder(
        ["db.setup", "db.masters", "db.documents", "db.contracts", "db.posted", "db.ledgers", "db.batches", "db.outbox"]
    ),
)
