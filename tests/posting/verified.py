"""`verify` as a list, for tests."""

from webapp.store.verify import verify


async def faults() -> list[str]:
    return [str(fault) async for fault in verify()]
