"""Who does something: every change a person could dispute names one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from backend.kit.errors import Forbidden


class Role(StrEnum):
    """What a person may do; each includes what stands before it."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for agent … 3 for admin."""
        return tuple(Role).index(self)


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind`: customer, account, api_key, rules, system. `role` only for people and keys."""

    kind: str
    id: str
    name: str
    role: Role | None = None

    def may(self, least: Role) -> bool:
        """Whether the role is at least `least`."""
        return self.role is not None and self.role.rank >= least.rank


SYSTEM = Actor("system", "system", "Aftercare")
RULES = Actor("rules", "rules", "Rules")


def require(actor: Actor, least: Role) -> None:
    """Let the house itself pass, and whoever has at least the role. Raises: Forbidden."""
    if actor.kind != SYSTEM.kind and not actor.may(least):
        raise Forbidden("role_too_low", f"this needs the role {least}", params={"role": str(least)})
