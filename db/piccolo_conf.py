"""Where Piccolo looks for its engine (PICCOLO_CONF, set in db/__init__.py)."""

from piccolo.conf.apps import AppRegistry

from db.engine import piccolo_engine

DB = piccolo_engine()
APP_REGISTRY = AppRegistry(apps=["db.piccolo_app"])
