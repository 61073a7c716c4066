"""What a transaction promises, on both databases. Each test is a trap that the stock engines fall into."""

import asyncio
import contextvars
import threading

import pytest
from piccolo.columns import BigInt, Varchar
from piccolo.table import Table

from db import engine, sqlite
from tests.db.conftest import POST, posted


class Series(Table, tablename="series"):
    code = Varchar(length=10, primary_key=True)
    last_no = BigInt()


class Fault(Exception):
    """Ours, so that no other error passes for it."""


def fail_at(prefix: str):
    def hook(sql: str) -> None:
        if sql.startswith(prefix):
            raise Fault(prefix)

    return hook


@pytest.fixture
def fault():
    """Makes the next statements with this beginning fail."""
    yield lambda prefix: setattr(engine, "statement_hook", fail_at(prefix))
    engine.statement_hook = None


async def test_all_or_nothing(books):
    with pytest.raises(Fault):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            raise Fault
    assert await posted() == []
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
    assert await posted() == [1]


async def test_twenty_tasks_draw_numbers_without_a_gap(books):
    async def draw() -> None:
        async with engine.transaction() as session:
            lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
            [(last,)] = await session.fetch(f"SELECT last_no FROM series WHERE code = ?{lock}", "SI")
            await asyncio.sleep(0.002)  # the others arrive meanwhile
            await session.execute("UPDATE series SET last_no = ? WHERE code = ?", last + 1, "SI")
            await session.execute(POST, last + 1, "SI", 100)

    await asyncio.gather(*(draw() for _ in range(20)))
    assert await posted() == list(range(1, 21))


async def test_a_read_that_becomes_a_write_does_not_fail(books):
    """SQLite's deferred transactions answer "database is locked" at once here."""

    async def add_one() -> None:
        async with engine.transaction() as session:
            await session.fetch("SELECT last_no FROM series")
            await asyncio.sleep(0.001)
            await session.execute("UPDATE series SET last_no = last_no + 1")

    await asyncio.gather(*(add_one() for _ in range(10)))
    async with engine.reading() as session:
        assert await session.fetch("SELECT last_no FROM series") == [(10,)]


async def test_nested_transactions_are_refused(books):
    async with engine.transaction():
        with pytest.raises(AssertionError, match="open already"):
            async with engine.transaction():
                pass
        assert engine.piccolo_engine().transaction_exists()
    async with engine.reading():
        with pytest.raises(AssertionError, match="open already"):
            async with engine.transaction():
                pass
    assert not engine.piccolo_engine().transaction_exists()


async def test_reading_inside_a_transaction_sees_its_rows(books):
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
        async with engine.reading() as inner:
            assert await inner.fetch("SELECT no FROM posting") == [(1,)]
        await session.execute(POST, 2, "SI", 100)
    assert await posted() == [1, 2]


async def test_reading_keeps_one_view_and_blocks_no_writer(books):
    async with engine.reading() as session:
        before = await session.fetch("SELECT last_no FROM series")
        task = asyncio.create_task(_set_last_no(7), context=contextvars.Context())
        await asyncio.wait_for(asyncio.shield(task), 5)
        assert await session.fetch("SELECT last_no FROM series") == before == [(0,)]
    async with engine.reading() as session:
        assert await session.fetch("SELECT last_no FROM series") == [(7,)]


async def _set_last_no(value: int) -> None:
    async with engine.transaction() as session:
        await session.execute("UPDATE series SET last_no = ?", value)


async def test_reading_refuses_to_write(books):
    with pytest.raises(engine.Unavailable):
        async with engine.reading() as session:
            await session.execute(POST, 1, "SI", 100)
    with pytest.raises(engine.Unavailable):
        async with engine.reading():
            await Series.update({Series.last_no: 5}, force=True)
    async with engine.transaction() as session:  # and the connection that refused is as good as before
        await session.execute(POST, 1, "SI", 100)
    assert await posted() == [1]


async def test_a_look_by_itself(books):
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
        assert await engine.fetch("SELECT no FROM posting WHERE amount = ?", 100) == [(1,)]  # within the open block
    task = asyncio.create_task(_set_last_no(7), context=contextvars.Context())
    assert await engine.fetch("SELECT no FROM posting") == [(1,)]
    await task
    assert await engine.fetch("SELECT last_no FROM series") == [(7,)]
    with pytest.raises(TypeError, match="scaled integers"):
        await engine.fetch("SELECT no FROM posting WHERE amount = ?", 1.5)
    with pytest.raises(engine.DatabaseError):
        await engine.fetch("SELECT nothing FROM nowhere")
    with pytest.raises((engine.Unavailable, AssertionError)):
        await engine.fetch("UPDATE series SET last_no = 8 RETURNING last_no")
    assert await engine.fetch("SELECT last_no FROM series") == [(7,)]


async def test_a_cancelled_task_rolls_back(books):
    inside = asyncio.Event()

    async def post_and_wait() -> None:
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(post_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _set_last_no(1)
    assert await posted() == []


async def test_cancelling_at_any_moment_leaves_the_engine_usable(books):
    """Also in the middle of BEGIN, of a statement and of COMMIT: never half, never stuck."""

    async def post(no: int) -> None:
        async with engine.transaction() as session:
            await session.execute(POST, 2 * no, "SI", 100)
            await session.execute(POST, 2 * no + 1, "SI", 100)

    for attempt in range(60):
        task = asyncio.create_task(post(attempt))
        for _ in range(attempt // 4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    await post(1000)
    numbers = await posted()
    assert numbers[-2:] == [2000, 2001]
    assert all(no ^ 1 in numbers for no in numbers)


async def test_a_task_started_inside_is_refused(books):
    async with engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
        for use in (session.fetch("SELECT 1"), _piccolo_codes()):
            with pytest.raises(AssertionError, match="started inside a transaction"):
                await asyncio.create_task(use)
    assert await posted() == [1]


async def test_a_task_that_outlives_the_transaction_has_none(books):
    over = asyncio.Event()

    async def later() -> list[str]:
        await over.wait()
        await _set_last_no(3)
        return await _piccolo_codes()

    async with engine.transaction():
        task = asyncio.create_task(later())
    over.set()
    assert await task == ["SI"]


async def _piccolo_codes() -> list[str]:
    return await Series.select(Series.code).output(as_list=True)


async def test_piccolo_joins_the_transaction(books):
    with pytest.raises(Fault):
        async with engine.transaction() as session:
            await Series.insert(Series(code="SO", last_no=5))
            assert await session.fetch("SELECT last_no FROM series WHERE code = ?", "SO") == [(5,)]
            await session.execute("UPDATE series SET last_no = 6 WHERE code = ?", "SO")
            assert (await Series.select().where(Series.code == "SO"))[0]["last_no"] == 6
            raise Fault
    assert await _piccolo_codes() == ["SI"]
    await Series.insert(Series(code="SO", last_no=5))  # and alone it commits by itself
    assert sorted(await _piccolo_codes()) == ["SI", "SO"]


async def test_piccolo_savepoints(books):
    database = engine.piccolo_engine()
    async with database.transaction() as opened:
        point = await opened.savepoint()
        await Series.insert(Series(code="SO", last_no=5))
        await point.rollback_to()
        await Series.insert(Series(code="SC", last_no=5))
    assert sorted(await _piccolo_codes()) == ["SC", "SI"]


@pytest.mark.parametrize("moment", ["BEGIN", "INSERT", "COMMIT"])
async def test_a_failure_gives_everything_back(books, fault, moment):
    """The stock SQLite engine keeps connection, lock and context when BEGIN or COMMIT fails."""
    for _ in range(5):
        fault(moment)
        with pytest.raises(Fault):
            async with engine.transaction() as session:
                await session.execute(POST, 1, "SI", 100)
        assert not engine.piccolo_engine().transaction_exists()
        engine.statement_hook = None
        assert await asyncio.wait_for(posted(), 2) == []
    async with asyncio.timeout(2), engine.transaction() as session:
        await session.execute(POST, 1, "SI", 100)
    assert await posted() == [1]
    await engine.disconnect()
    assert not [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]


async def test_a_failed_rollback_does_not_commit(books, fault):
    fault("ROLLBACK")
    with pytest.raises(Fault):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            raise Fault("body")
    engine.statement_hook = None
    async with asyncio.timeout(2):
        assert await posted() == []
        await _set_last_no(1)


async def test_a_rule_checked_at_commit_undoes_everything(books):
    with pytest.raises(engine.ReferenceBroken):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "XX", 100)  # the foreign key is deferred
    assert await posted() == []
    async with asyncio.timeout(2):
        await _set_last_no(1)


async def test_an_error_that_is_swallowed_inside_keeps_nothing(books):
    """SQLite would commit the rest; PostgreSQL would refuse the rest, and answer COMMIT with a silent rollback."""
    with pytest.raises(engine.DatabaseError, match="earlier statement"):
        async with engine.transaction() as session:
            await session.execute(POST, 1, "SI", 100)
            with pytest.raises(engine.Duplicate):
                await session.execute(POST, 1, "SI", 100)
    with pytest.raises(engine.DatabaseError, match="earlier statement"):
        async with engine.transaction() as session:
            with pytest.raises(engine.Duplicate):
                await Series.insert(Series(code="SI", last_no=1))
            await session.execute(POST, 2, "SI", 100)
    assert await posted() == []


async def test_a_savepoint_makes_an_error_good_again(books):
    async with engine.piccolo_engine().transaction() as opened:
        point = await opened.savepoint()
        with pytest.raises(engine.Duplicate):
            await Series.insert(Series(code="SI", last_no=5))
        await point.rollback_to()
        await Series.insert(Series(code="SO", last_no=5))
    assert sorted(await _piccolo_codes()) == ["SI", "SO"]


async def test_many_readers_and_writers_at_once(books):
    async def read() -> None:
        async with engine.reading() as session:
            [[(last,)], [(count,)]] = await session.fetch_all(
                [("SELECT last_no FROM series", ()), ("SELECT COUNT(*) FROM posting", ())]
            )
            assert last == count

    async def write(no: int) -> None:
        async with engine.transaction() as session:
            await session.execute("UPDATE series SET last_no = last_no + 1")
            await session.execute(POST, no, "SI", 100)

    await asyncio.gather(*(write(i // 2) if i % 2 else read() for i in range(80)))
    assert len(await posted()) == 40


@pytest.mark.only("sqlite")
async def test_a_crowd_of_readers_shares_a_few_connections(books):
    """Opening one for each cost more than waiting: 20 clients were answered five times later."""
    at_once, most, full = 0, 0, asyncio.Event()

    async def read() -> None:
        nonlocal at_once, most
        async with engine.reading() as session:
            at_once += 1
            most = max(most, at_once)
            if at_once == sqlite.READERS:
                full.set()
            await full.wait()
            await session.fetch("SELECT 1")
            at_once -= 1

    waiting = [asyncio.create_task(read()) for _ in range(50)]
    waiting[20].cancel()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [end for end in ends if end is not None] == [ends[20]] and waiting[20].cancelled()
    assert most == sqlite.READERS
    async with asyncio.timeout(5), engine.reading() as session:  # the one that gave up left its place
        await session.fetch("SELECT 1")


async def test_piccolo_reads_in_batches(books):
    async with engine.transaction() as session:
        await session.execute_all([("INSERT INTO series VALUES (?, 0)", [(f"S{no}",) for no in range(7)])])
    async with await Series.select(Series.code).order_by(Series.code).batch(batch_size=3) as batches:
        sizes = [len(batch) async for batch in batches]
    assert sizes == [3, 3, 2]


async def test_disconnecting_ends_what_is_open(books):
    """As at the end of the server: what cannot be finished is lost as a whole, and nobody hangs."""
    inside = asyncio.Event()

    async def post_and_wait(no: int) -> None:
        async with engine.transaction() as session:
            await session.execute(POST, no, "SI", 100)
            inside.set()
            await asyncio.sleep(0.2)
            await session.execute(POST, no + 10, "SI", 100)

    tasks = [asyncio.create_task(post_and_wait(no)) for no in (1, 2)]
    await inside.wait()
    async with asyncio.timeout(10):
        await engine.disconnect()
        await asyncio.wait(tasks)
        await engine.connect(books)
        kept = await posted()
    finished = [no for no, task in enumerate(tasks, 1) if task.exception() is None]
    assert kept == sorted([*finished, *(no + 10 for no in finished)])
    assert bool(finished) is (engine.dialect() == "postgresql")  # whose pool waits for those who have begun


async def test_not_connected(books):
    await engine.disconnect()
    for block in (engine.transaction, engine.reading):
        with pytest.raises(engine.Unavailable, match="not connected"):
            async with block() as session:
                await session.fetch("SELECT 1")
    with pytest.raises(engine.Unavailable, match="not connected"):
        await engine.fetch("SELECT 1")
    with pytest.raises(engine.Unavailable):
        await _piccolo_codes()
    await engine.connect(books)
    assert await _piccolo_codes() == ["SI"]
    with pytest.raises(RuntimeError, match="already connected"):
        await engine.connect(books)


async def test_the_kind_of_database_is_fixed(books):
    other = "postgresql://nobody@127.0.0.1/none" if engine.dialect() == "sqlite" else "sqlite:///none.sqlite"
    await engine.disconnect()
    with pytest.raises(RuntimeError, match="works with"):
        await engine.connect(other)
