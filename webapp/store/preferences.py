"""What a user chose last, by name: remembered from one day to the next (D-39, D-57)."""

from __future__ import annotations

from db.engine import reading, transaction


async def preferences(user_name: str, *names: str) -> dict[str, str]:
    """The values of these preferences; "" for those that the user does not have."""
    marks = ", ".join("?" * len(names))
    async with reading() as session:
        rows = await session.fetch(
            f"SELECT name, value FROM user_preference WHERE user_name = ? AND name IN ({marks})", user_name, *names
        )
    return {**dict.fromkeys(names, ""), **{str(name): str(value) for name, value in rows}}


async def preference(user_name: str, name: str) -> str:
    """The value of a preference; "" when the user has none."""
    return (await preferences(user_name, name))[name]


async def set_preference(user_name: str, name: str, value: str) -> None:
    """Remembers a value; the same one again writes nothing."""
    if await preference(user_name, name) == value:
        return
    sql = (
        "INSERT INTO user_preference (user_name, name, value) VALUES (?, ?, ?)"
        " ON CONFLICT (user_name, name) DO UPDATE SET value = excluded.value"
    )
    async with transaction() as session:
        await session.execute(sql, user_name, name, value)
