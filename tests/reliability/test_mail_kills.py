"""The sender killed between giving a message to the mail server and its answer: nothing goes twice by itself (R-2)."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import engine
from tests.builders import TODAY, pack
from tests.mail_sink import mail_sink
from tests.posting.verified import faults
from tests.posting.worlds import enter_company, enter_order
from tests.reliability.test_batch_kills import process
from webapp.posting.plan import REQUESTS
from webapp.store.acting import Acting
from webapp.store.mailing import Mailer
from webapp.store.outbox import items, send_again, take_next
from webapp.store.posting import post_document

POLLY = Acting("POLLY", "poster", TODAY)
SENDER = "invoices@seller.example"


async def states() -> list[str]:
    return [one.state for one in await items()]


async def test_a_message_that_the_mail_server_has_taken_never_goes_again_by_itself(
    anyio_backend: object, fresh_database_url: str, tmp_path: Path
) -> None:
    async with engine.connected(fresh_database_url):
        await enter_company(pack(customers={"C-GOOD": {"e_mail": "pay@good.example", "document_sending": "e_mail"}}))
        key = await enter_order("C-GOOD", ["10000 item PUMP qty 4"])
        assert (await post_document(POLLY, key, REQUESTS["ship_and_invoice"])).ok
    with mail_sink() as sink:
        sink.may_answer.clear()
        mail = {"FINALIZE_SMTP_URL": sink.url, "FINALIZE_MAIL_FROM": SENDER, "KILL_AT": "0"}
        async with process(fresh_database_url, tmp_path, "server", **mail) as server:
            assert await asyncio.to_thread(sink.full.wait, 60)
            server.send_signal(signal.SIGKILL)
            await server.wait()
        sink.may_answer.set()
        async with engine.connected(fresh_database_url):
            assert await states() == ["sending"]
            mailer = Mailer(sink.url, SENDER)
            assert not await mailer.send_next()
            assert await take_next(datetime.now(UTC) + timedelta(minutes=11)) is None
            assert await states() == ["unsure"]
            assert not await mailer.send_next()
            assert await send_again(POLLY, (await items())[0].id) == []
            assert await mailer.send_next()
            assert await states() == ["sent", "unsure"]
            assert await faults() == []
        first, again = sink.taken
        assert first["Message-ID"] == again["Message-ID"]
