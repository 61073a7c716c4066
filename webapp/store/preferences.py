"""What a user chose last, by name: remembered from one day to the next (D-39, D-57)."""

from __future__ import annotations

import json

from db.engine import fetch, transaction


async def preferences(user_name: str, *names: str) -> dict[str, str]:
    """The values of these preferences; "" for those that the user does not have."""
    marks = ", ".join("?" * len(names))
    rows = await fetch(
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


# --- saved views of lists ---------------------------------------------------------------------------------------------

MOST_VIEWS = 20


async def saved_views(user_name: str, path: str) -> list[tuple[str, str]]:
    """The views of a list that a user has saved, by name: (name, what the address asks for)."""
    return _views(await preference(user_name, f"views of {path}"))


def _views(text: str) -> list[tuple[str, str]]:
    return [(str(name), str(query)) for name, query in json.loads(text)] if text else []


async def keep_view(user_name: str, path: str, name: str, query: str | None) -> bool:
    """Saves a view under this name, in place of one of the same name; without `query` it is forgotten. False when there
    are too many already."""
    place = f"views of {path}"
    views = [one for one in _views(await preference(user_name, place)) if one[0] != name]
    if query is not None:
        views = sorted([*views, (name, query)], key=lambda one: one[0].lower())
    if len(views) > MOST_VIEWS:
        return False
    await set_preference(user_name, place, json.dumps(views))
    return True
