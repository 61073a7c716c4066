"""A PostgreSQL server of our own for one run of the tests: in a temporary folder, on a free port, without fsync."""

import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tests.memory import in_memory

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

# The shell ends the server when our end of its input closes: also when the tests are killed.
UNTIL_WE_END = '"$@" </dev/null & server=$!; read -r _; kill -QUIT $server; wait $server'


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
        self._folder = Path(tempfile.mkdtemp(prefix="finalize-postgresql-", dir=None if fsync else in_memory()))
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._numbers = itertools.count(1)
        self._stale: list[str] = []
        self._ahead: dict[str, Future[str]] = {}
        self._worker = ThreadPoolExecutor(1)
        self._strategy = "STRATEGY FILE_COPY" if self._major() >= 15 else ""  # a third of the time without fsync
        self.port = _free_port()
        durable = {"fsync": "on", "synchronous_commit": "on", "autovacuum": "on"} if fsync else {}
        place = {"port": str(self.port), "unix_socket_directories": str(self._folder)}
        self._settings = {**SETTINGS, **durable, **place}
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._server = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            server = subprocess.Popen(
                ["sh", "-c", UNTIL_WE_END, "sh", self._bin / "postgres", "-D", self._folder / "data", *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                user=self._user,
                cwd="/",
            )
        self._wait(server)
        return server

    def _wait(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + 30
        while subprocess.run([self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                server.kill()
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)

    def _major(self) -> int:
        said = subprocess.run([self._bin / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        return int(re.findall(r"\d+", said)[0])

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
        """A new database, empty or a copy. The next one of the kind is made meanwhile: it takes as long as a test."""
        made = self._ahead.pop(template, None)
        url = made.result() if made else self._create(template)
        self._ahead[template] = self._worker.submit(self._create, template)
        return url

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        stale, self._stale = self._stale, []
        copied = template.rpartition("/")[2] or "template0"
        drops = [f"DROP DATABASE {old} WITH (FORCE)" for old in stale]
        self.sql(*drops, f"CREATE DATABASE {name} TEMPLATE {copied} {self._strategy}")
        return self.url(name)

    def give_up(self, url: str) -> None:
        self._stale.append(url.rpartition("/")[2])

    def stop(self) -> None:
        """At once, as in a crash; what was committed is there again after `start`."""
        self._server.communicate(timeout=30)

    def start(self) -> None:
        self._server = self._started()

    def close(self) -> None:
        self._worker.shutdown(cancel_futures=True)
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
