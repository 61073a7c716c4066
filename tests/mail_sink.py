"""A mail server of a few lines for the tests: says what it is told to say, and keeps what it takes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import BinaryIO


@dataclass
class Sink:
    """`says` gives the answer to a command by its first word; BODY is the answer to the content, and "" hangs up.

    Once it has a message `full` is set, and the answer waits for `may_answer`.
    """

    says: dict[str, str] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    full: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)  # type: ignore[arg-type]

    def _talk(self, stream: BinaryIO) -> None:
        def say(text: str) -> None:
            stream.write(f"{text}\r\n".encode())
            stream.flush()

        say("220 sink")
        while line := stream.readline():
            word = line.split()[0].upper().decode() if line.split() else ""
            if word == "DATA" and "DATA" not in self.says:
                say("354 go on")
                self._take(stream)
                word = "BODY"
            answer = self.says.get(word, "221 bye" if word == "QUIT" else "250 ok")
            if word == "RCPT" and answer.startswith("250"):
                self.recipients.append(line.decode().partition("<")[2].partition(">")[0])
            if not answer:
                return
            with suppress(OSError):  # who asked may be gone
                say(answer)
            if word == "QUIT":
                return

    def _take(self, stream: BinaryIO) -> None:
        body = b""
        while (part := stream.readline()) not in (b".\r\n", b""):
            body += part.removeprefix(b".") if part.startswith(b"..") else part
        found = message_from_bytes(body, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.taken.append(found)
        self.full.set()
        self.may_answer.wait(60)


@contextmanager
def mail_sink() -> Iterator[Sink]:
    made = Sink()
    made.may_answer.set()
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.may_answer.set()
        made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()
        thread.join(5)
