"""What a user chose last, by name: remembered from one day to the next (D-39, D-57)."""

from __future__ import annotations

from db.engine import reading, transaction


async def preference(user_name: str, name: str) -> str:
    """The value of a preference; "" when the user has none."""
    async with reading() as session:
        rows = await session.fetch(
            "SELECT value FROM user_preference WHERE user_name = ? AND name = ?", user_name, name
        )
    return str(rows[0][0]) if rows else ""


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
