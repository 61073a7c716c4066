"""What the environment says, read once into one record.

DATABASE_URL              sqlite:////absolute/file or postgresql://user@host/name; by default a file in the data folder
FINALIZE_DATA             folder of the database file and the secret; by default `data`
FINALIZE_SECRET           signs what browsers bring back; by default made once and kept in the data folder
FINALIZE_SECURE_COOKIES   1 behind TLS: browsers then send the cookies over https only
FINALIZE_WORKER           who works on batches and mails: in-server (default), or separate: `finalize worker` processes
FINALIZE_SMTP_URL         smtp://user:password@host:port, or smtps:// for TLS from the start; without it nothing is sent
FINALIZE_MAIL_FROM        the address that mail comes from; by default the company's
FINALIZE_LOG_LEVEL        debug, info (default), warning or error
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from db import engine
from webapp.posting.sending import is_address

LOG_LEVELS = ("debug", "info", "warning", "error")
WORKERS = ("in-server", "separate")
SHORTEST_SECRET = 32


class SettingsError(Exception):
    """The environment says something that cannot be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    database_url: str
    data: Path
    secret: str
    secure_cookies: bool = False
    log_level: str = "info"
    worker: str = "in-server"
    smtp_url: str = ""
    mail_from: str = ""

    def __repr__(self) -> str:
        """Without the secret and without the password in the address."""
        kind = self.database_url.partition(":")[0]
        return f"Settings({kind}, data={str(self.data)!r}, secure_cookies={self.secure_cookies})"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    data = Path(environment.get("FINALIZE_DATA") or "data")
    return Settings(
        database_url=_database_url(environment),
        data=data,
        secret=_secret(environment.get("FINALIZE_SECRET", ""), data),
        secure_cookies=_flag(environment, "FINALIZE_SECURE_COOKIES"),
        log_level=_log_level(environment.get("FINALIZE_LOG_LEVEL") or "info"),
        worker=_worker(environment.get("FINALIZE_WORKER") or "in-server"),
        smtp_url=_smtp_url(environment.get("FINALIZE_SMTP_URL", "")),
        mail_from=_mail_from(environment.get("FINALIZE_MAIL_FROM", "")),
    )


def _database_url(environment: Mapping[str, str]) -> str:
    url = engine.url_from_environment(environment)
    try:
        engine.kind_of(url)
    except ValueError as error:
        raise SettingsError(f"DATABASE_URL: {error}") from error
    return url


def _secret(given: str, data: Path) -> str:
    if given and len(given) < SHORTEST_SECRET:
        raise SettingsError(f"FINALIZE_SECRET must have at least {SHORTEST_SECRET} characters")
    return given or _kept_secret(data / "secret")


def _kept_secret(path: Path) -> str:
    """Made by the first process that needs it, readable by its user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"secret.{os.getpid()}")
    made.touch(mode=0o600)
    made.write_text(secrets.token_urlsafe(48))
    try:
        os.link(made, path)  # fails when another process was first: then its secret counts
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text()


def _smtp_url(given: str) -> str:
    parts = urlsplit(given)
    try:
        sound = not given or (parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError("FINALIZE_SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465")
    return given


def _mail_from(given: str) -> str:
    if given and not is_address(given):
        raise SettingsError("FINALIZE_MAIL_FROM must be an e-mail address, such as invoices@company.com")
    return given


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise SettingsError(f"{name} must be 1 or 0, not {value!r}")


def _log_level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise SettingsError(f"FINALIZE_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {value!r}")
    return value.lower()


def _worker(value: str) -> str:
    if value.lower() not in WORKERS:
        raise SettingsError(f"FINALIZE_WORKER must be one of {', '.join(WORKERS)}, not {value!r}")
    return value.lower()
