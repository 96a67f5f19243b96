"""The only SQL on accounts, sessions, API keys and failed logins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.accounts.models import account, api_key, login_failure, session
from backend.kit.actor import Role
from backend.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the shop."""

    id: str
    email: str
    name: str
    role: Role
    locale: str
    password_hash: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a program. The secret itself is nowhere."""

    id: str
    prefix: str
    secret_hash: str
    name: str
    role: Role
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


def _account(row: sa.Row[Any] | None) -> Account | None:
    return None if row is None else Account(**{**row._mapping, "role": Role(row.role)})


def get_account(tx: Tx, account_id: str, *, lock: bool = False) -> Account | None:
    query = sa.select(account).where(account.c.id == account_id)
    return _account(tx.conn.execute(query.with_for_update() if lock else query).one_or_none())


def account_by_email(tx: Tx, email: str) -> Account | None:
    return _account(
        tx.conn.execute(sa.select(account).where(account.c.email == email)).one_or_none()
    )


def all_accounts(tx: Tx) -> Sequence[Account]:
    rows = tx.conn.execute(sa.select(account).order_by(account.c.email))
    return [found for row in rows if (found := _account(row))]


def active_admins_locked(tx: Tx) -> Sequence[str]:
    """Ids of the admins, held until the commit: two can't deactivate each other at once."""
    query = sa.select(account.c.id).where(account.c.role == Role.ADMIN, account.c.active)
    return tx.conn.execute(query.order_by(account.c.id).with_for_update()).scalars().all()


def insert_account(tx: Tx, new: Account) -> bool:
    """False: the e-mail is taken."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = (
        insert(account).values(**asdict(new)).on_conflict_do_nothing(index_elements=["email"])
    )
    return tx.conn.execute(statement.returning(account.c.id)).first() is not None


def update_account(tx: Tx, account_id: str, values: Mapping[str, Any]) -> None:
    tx.conn.execute(sa.update(account).where(account.c.id == account_id).values(**values))


def insert_session(tx: Tx, token_hash: str, account_id: str, expires_at: datetime) -> None:
    tx.conn.execute(
        sa.insert(session).values(
            token_hash=token_hash, account_id=account_id, created_at=tx.now, expires_at=expires_at
        )
    )


def session_account(tx: Tx, token_hash: str) -> tuple[Account, datetime] | None:
    """Whose session it is and when it ends, unless it has ended."""
    query = sa.select(account, session.c.expires_at).join(session)
    query = query.where(session.c.token_hash == token_hash, session.c.expires_at > tx.now)
    row = tx.conn.execute(query).mappings().one_or_none()
    if row is None:
        return None
    values = dict(row)
    ends = values.pop("expires_at")
    return Account(**{**values, "role": Role(values["role"])}), ends


def move_session_end(tx: Tx, token_hash: str, expires_at: datetime) -> None:
    tx.conn.execute(
        sa.update(session).where(session.c.token_hash == token_hash).values(expires_at=expires_at)
    )


def delete_session(tx: Tx, token_hash: str) -> None:
    tx.conn.execute(sa.delete(session).where(session.c.token_hash == token_hash))


def delete_sessions_of(tx: Tx, account_id: str, *, but: str | None = None) -> None:
    """End the account's sessions, all but the one told."""
    query = sa.delete(session).where(session.c.account_id == account_id)
    tx.conn.execute(query if but is None else query.where(session.c.token_hash != but))


def delete_ended_sessions(tx: Tx) -> None:
    tx.conn.execute(sa.delete(session).where(session.c.expires_at <= tx.now))


def insert_key(tx: Tx, new: ApiKey) -> None:
    tx.conn.execute(sa.insert(api_key).values(**asdict(new)))


def key_by_prefix(tx: Tx, prefix: str) -> ApiKey | None:
    row = tx.conn.execute(sa.select(api_key).where(api_key.c.prefix == prefix)).one_or_none()
    return None if row is None else ApiKey(**{**row._mapping, "role": Role(row.role)})


def all_keys(tx: Tx) -> Sequence[ApiKey]:
    rows = tx.conn.execute(sa.select(api_key).order_by(api_key.c.created_at, api_key.c.id))
    return [ApiKey(**{**row._mapping, "role": Role(row.role)}) for row in rows]


def revoke_key(tx: Tx, key_id: str) -> bool:
    """False: there is no such key that still opens anything."""
    query = sa.update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
    row = tx.conn.execute(query.values(revoked_at=tx.now).returning(api_key.c.id)).first()
    return row is not None


def insert_failure(tx: Tx, email_key: str, address: str) -> int:
    statement = sa.insert(login_failure).values(email_key=email_key, address=address, at=tx.now)
    failure_id: int = tx.conn.execute(statement.returning(login_failure.c.id)).scalar_one()
    return failure_id


def delete_failure(tx: Tx, failure_id: int) -> None:
    tx.conn.execute(sa.delete(login_failure).where(login_failure.c.id == failure_id))


def delete_failures_before(tx: Tx, moment: datetime) -> None:
    tx.conn.execute(sa.delete(login_failure).where(login_failure.c.at < moment))


def recent_failures(tx: Tx, email_key: str, address: str, since: datetime) -> list[list[datetime]]:
    """When logins failed since: for the e-mail, and for the address; oldest first."""
    found: list[list[datetime]] = []
    for same in (login_failure.c.email_key == email_key, login_failure.c.address == address):
        query = sa.select(login_failure.c.at).where(same, login_failure.c.at > since)
        found.append(list(tx.conn.execute(query.order_by(login_failure.c.at)).scalars()))
    return found
