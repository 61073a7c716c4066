"""Who acts: the person on whose behalf a service is called, and what a role may do (O-47, S-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# What each role may do, by the name of the role that is meant for the work. "system" is the command line.
GRANTS: dict[str, frozenset[str]] = {
    "viewer": frozenset({"viewer"}),
    "clerk": frozenset({"viewer", "clerk"}),
    "poster": frozenset({"viewer", "clerk", "poster"}),
    "accountant": frozenset({"viewer", "accountant"}),
    "admin": frozenset({"viewer", "admin"}),
    "system": frozenset({"viewer", "clerk", "poster", "accountant", "admin"}),
}


@dataclass(frozen=True, slots=True)
class Acting:
    """The user, the role and the date that a person works with; the locale tells how dates and numbers are written."""

    user: str
    role: str
    work_date: date
    locale: str = "en_GB"

    def may(self, permission: str) -> bool:
        """Whether the role includes the work of `permission`: viewer, clerk, poster, accountant or admin."""
        return permission in GRANTS.get(self.role, frozenset())


def system(work_date: date, user: str = "SYSTEM") -> Acting:
    """The command line: not bound to a role."""
    return Acting(user, "system", work_date)
