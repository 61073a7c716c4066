"""The data: engine, tables and migrations. Knows nothing of the web application above it."""

import os

os.environ.setdefault("PICCOLO_CONF", "db.piccolo_conf")
