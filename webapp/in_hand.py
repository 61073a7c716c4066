"""How many requests the server has in hand, so that work in the background can give way to them (F-8)."""

from __future__ import annotations

import asyncio

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

__all__ = ["RequestsInHand"]


class RequestsInHand(ASGIMiddleware):
    """Counts the requests from their arrival to the end of their answer; `quiet` is set while there are none."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self.count = 0
        self.quiet = asyncio.Event()
        self.quiet.set()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        self.count += 1
        self.quiet.clear()
        try:
            await next_app(scope, receive, send)
        finally:
            self.count -= 1
            if not self.count:
                self.quiet.set()
