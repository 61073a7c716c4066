"""Clerks of whom only their requests are there: one open connection each, answers taken in and hardly looked at.

They share two cores with the server that they measure, and a full HTTP client takes half as long for an answer as the
server does.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from tests.serving import Server


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, packed as it came."""

    status: int
    packed: bytes
    gzipped: bool

    @property
    def text(self) -> str:
        return (gzip.decompress(self.packed) if self.gzipped else self.packed).decode()


@dataclass
class Wire:
    """The connection of one clerk who has signed in; opened anew when the server has closed an idle one."""

    place: tuple[str, int]
    head: str
    token: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self._ask(f"GET {path} HTTP/1.1\r\n{self.head}\r\n".encode())

    async def post(self, path: str, values: dict[str, str]) -> Answer:
        """As a fragment asks, with the token of the clerk's pages."""
        body = urlencode({"_csrf_token": self.token, **values}).encode()
        more = f"HX-Request: true\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return await self._ask(f"POST {path} HTTP/1.1\r\n{self.head}{more}\r\n".encode() + body)

    async def _ask(self, request: bytes) -> Answer:
        async with self.turn:
            if self.ends is None or self.ends[0].at_eof():
                self.close()
                self.ends = await asyncio.open_connection(*self.place, limit=4_000_000)
            reader, writer = self.ends
            writer.write(request)
            return await _read(reader)

    def close(self) -> None:
        if self.ends is not None:
            self.ends[1].close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest if line)
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), body, headers.get("content-encoding") == "gzip")


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


@asynccontextmanager
async def wire_of(server: Server, name: str) -> AsyncIterator[Wire]:
    """Signs somebody in, and gives the bare connection."""
    async with server.browser(name) as browser:
        cookies = "; ".join(f"{one.name}={one.value}" for one in browser.client.cookies.jar)
        token = browser.token
    place = urlsplit(server.address)
    assert place.hostname and place.port
    head = f"Host: {place.netloc}\r\nOrigin: {server.address}\r\nCookie: {cookies}\r\nAccept-Encoding: gzip\r\n"
    wire = Wire((place.hostname, place.port), head, token)
    try:
        yield wire
    finally:
        wire.close()
