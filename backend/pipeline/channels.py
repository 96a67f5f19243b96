"""The configured channels of this house: accounts from a file, adapters made when first used."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.channel_status.rules import Outcome
from backend.channel_status.service import ChannelWatch
from backend.kit.clock import Clock, SystemClock
from backend.kit.db import Database
from backend.kit.errors import FieldError, Invalid, NotFound
from bot.channels.base import Adapter, ChannelAccount, ChannelError
from bot.channels.registry import CHANNELS, AdapterFactory

log = logging.getLogger(__name__)
_VARIABLE = re.compile(r"^\$\{([A-Z][A-Z0-9_]*)\}$")


class _AccountIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    channel: str
    name: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)


class Channels:
    """Channel accounts by id, their adapters, and what is seen of how they do (`watch`)."""

    def __init__(
        self,
        accounts: Sequence[ChannelAccount],
        factories: Mapping[str, AdapterFactory] = CHANNELS,
        clock: Clock | None = None,
    ) -> None:
        self.watch = ChannelWatch(clock or SystemClock())
        self._factories = factories
        self._accounts = {account.id: account for account in accounts}
        self._adapters: dict[str, Adapter] = {}

    def accounts(self) -> Sequence[ChannelAccount]:
        """All configured accounts."""
        return tuple(self._accounts.values())

    def account(self, account_id: str, channel: str | None = None) -> ChannelAccount:
        """One account, of `channel` if given. Raises: NotFound."""
        account = self._accounts.get(account_id)
        if account is None or (channel is not None and account.channel != channel):
            raise NotFound("channel_not_found")
        return account

    def adapter(self, account_id: str) -> Adapter:
        """The account's adapter. Raises: NotFound; ChannelError if its settings make none."""
        made = self._adapters.get(account_id)
        if made is None:
            # Two threads may make it at once: the first one's is kept, nothing is open in either.
            made = self._adapters.setdefault(account_id, self._make(self.account(account_id)))
        return made

    async def made(self, account_id: str) -> Adapter:
        """The same, made beside the event loop: a vendor's library may take seconds to import, and
        nobody else has to wait for that. Raises: NotFound, ChannelError."""
        if account_id in self._adapters:
            return self._adapters[account_id]
        return await asyncio.to_thread(self.adapter, account_id)

    def _make(self, account: ChannelAccount) -> Adapter:
        try:
            return self._factories[account.channel](account)
        except (ChannelError, ImportError) as error:
            raise _told(error) from error
        except Exception as error:
            # Whatever a vendor's library dislikes about settings: its words may hold a secret.
            raise ChannelError("bad_settings", type(error).__name__) from error

    async def make_all(self, db: Database) -> None:
        """Make every adapter now: an account whose settings make none is red before its first
        message comes, and no longer once they do."""
        well = []
        for account in self.accounts():
            try:
                await self.made(account.id)
            except ChannelError as error:
                log.error("channel account %s can't be used: %s", account.id, error)
                self.watch.answered(account.id, Outcome(error.code, error.detail))
            else:
                well.append(account.id)
        await self.watch.mended(db, well)

    async def close(self) -> None:
        """Close all adapters."""
        for adapter in self._adapters.values():
            await adapter.close()


def _told(error: ChannelError | ImportError) -> ChannelError:
    """A missing package is named; an adapter names fields, never their values."""
    return error if isinstance(error, ChannelError) else ChannelError("not_installed", str(error))


def load_accounts(path: Path, environ: Mapping[str, str] = os.environ) -> list[ChannelAccount]:
    """Read channels.yml: a list of {id, channel, name, settings}; `${NAME}` reads the environment.

    A missing file means no accounts. Raises: Invalid, naming account and field.
    """
    if not path.exists():
        return []
    raw = _read_yaml(path) or []
    if not isinstance(raw, list):
        raise Invalid("bad_channels_file", f"{path.name} must hold a list of accounts")
    accounts: dict[str, ChannelAccount] = {}
    for number, entry in enumerate(raw, 1):
        account = _read_account(entry, f"{path.name} entry {number}", environ)
        if account.id in accounts:
            raise Invalid("bad_channels_file", f"{path.name}: id {account.id} stands twice")
        accounts[account.id] = account
    return list(accounts.values())


def _read_yaml(path: Path) -> Any:
    """What the file holds. Where it is wrong is told by place: its words may be a token's."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        told = f"can't be read: {error.strerror}"
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a date that is none
        mark = getattr(error, "problem_mark", None)
        told = "is no YAML" + (f": line {mark.line + 1}, column {mark.column + 1}" if mark else "")
    raise Invalid("bad_channels_file", f"{path.name} {told}")


def _read_account(entry: Any, where: str, environ: Mapping[str, str]) -> ChannelAccount:
    try:
        parsed = _AccountIn.model_validate(entry)
    except ValidationError as error:
        raise Invalid(
            "bad_channels_file",
            f"{where} is wrong",
            errors=[
                FieldError(f"{where}: {'.'.join(map(str, item['loc']))}", item["msg"])
                for item in error.errors()
            ],
        ) from error
    if parsed.channel not in CHANNELS:
        known = ", ".join(sorted(CHANNELS))
        raise Invalid(
            "bad_channels_file", f"{where}: unknown channel {parsed.channel}, known: {known}"
        )
    settings = {key: _resolve(value, where, environ) for key, value in parsed.settings.items()}
    return ChannelAccount(parsed.id, parsed.channel, parsed.name or parsed.id, settings)


def _resolve(value: Any, where: str, environ: Mapping[str, str]) -> Any:
    match = _VARIABLE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match[1] not in environ:
        raise Invalid("bad_channels_file", f"{where}: environment variable {match[1]} is not set")
    return environ[match[1]]
