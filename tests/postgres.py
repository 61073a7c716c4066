"""A PostgreSQL server of our own for one run of the tests: in a temporary folder, on a free port, without fsync."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("initdb", "pg_ctl", "pg_isready", "postgres", "psql")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
    "autovacuum": "off",
    "log_min_messages": "panic",
}


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs: where Debian keeps them, or on the path."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    candidates += [Path(on_path).parent] if on_path else []
    return next((path for path in candidates if all((path / name).exists() for name in PROGRAMS)), None)


class Cluster:
    """PostgreSQL refuses to run as root; root starts it as the user postgres."""

    def __init__(self, fsync: bool = False) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        self._bin = found
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="finalize-postgresql-"))
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._numbers = itertools.count(1)
        self._stale: list[str] = []
        self.port = _free_port()
        self._server = self._start({**SETTINGS, **({"fsync": "on", "synchronous_commit": "on"} if fsync else {})})

    def _start(self, settings: dict[str, str]) -> "subprocess.Popen[bytes]":
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = {**settings, "port": str(self.port), "unix_socket_directories": str(self._folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [self._bin / "postgres", "-D", data, *options], stdout=log, stderr=log, user=self._user, cwd="/"
            )
        deadline = time.monotonic() + 30
        while subprocess.run([self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)
        return server

    def _run(self, program: str, *args: str) -> None:
        done = subprocess.run([self._bin / program, *args], user=self._user, cwd="/", capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def sql(self, *statements: str) -> None:
        commands = [part for statement in statements for part in ("-c", statement)]
        self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url("postgres"), *commands)

    def create(self, template: str = "") -> str:
        """A new database, empty or a copy. Those given up are dropped on the way, which saves starting psql twice."""
        name = f"test_{next(self._numbers)}"
        drops = [f"DROP DATABASE {stale} WITH (FORCE)" for stale in self._stale]
        self._stale = []
        self.sql(*drops, f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2] or 'template0'}")
        return self.url(name)

    def give_up(self, url: str) -> None:
        self._stale.append(url.rpartition("/")[2])

    def restart(self) -> None:
        """As after a crash: connections are cut, committed work is there again."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "restart", "-m", "immediate", "-w", "-s")

    def close(self) -> None:
        self._server.send_signal(3)  # SIGQUIT: at once, nothing here is worth keeping
        self._server.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
