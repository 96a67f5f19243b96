"""Accounts, sessions and API keys. Who may what is checked here; hashing is done before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from backend.accounts import repository
from backend.accounts.passwords import Passwords
from backend.accounts.repository import Account, ApiKey
from backend.accounts.rules import (
    FAILURES_ALLOWED,
    FAILURES_OF_ADDRESS,
    FAILURES_WINDOW,
    PASSWORD_LENGTH,
    SESSION_LENGTH,
    SLIDE_AFTER,
    compose_key,
    digest,
    new_key_prefix,
    new_secret,
    same_digest,
    split_key,
)
from backend.audit import service as audit
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict, FieldError, Invalid, NotFound, RateLimited, Unauthorized
from backend.kit.fields import Email, normalise_email

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """A login that was let through to the password; it counts as failed until it succeeds."""

    failure_id: int
    account: Account | None


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Whose session a token opens. `slides`: its end has to be moved on."""

    actor: Actor
    slides: bool


def actor_of(account: Account) -> Actor:
    """The person as the log and the other domains see him."""
    return Actor("account", account.id, account.name, account.role)


def hash_password(password: str) -> str:
    """The hash, blocking for about 100 ms: for commands. Raises: Invalid for a poor password."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        reason = f"must have {shortest} to {longest} characters"
        raise Invalid("bad_password", reason, errors=[FieldError("password", reason)])
    return Passwords().hash_now(password)


def create_account(
    tx: Tx,
    actor: Actor,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    locale: str = "zh-CN",
) -> Account:
    """Add a person. Raises: Forbidden below admin, Invalid e-mail, Conflict if it is taken."""
    require(actor, Role.ADMIN)
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError as error:
        errors = [FieldError("email", "is not an e-mail address")]
        raise Invalid("bad_email", "that is not an e-mail address", errors=errors) from error
    account = Account(
        id=tx.ids.new(),
        email=address,
        name=name,
        role=role,
        locale=locale,
        password_hash=password_hash,
        active=True,
        created_at=tx.now,
    )
    if not repository.insert_account(tx, account):
        raise Conflict("email_taken", "there is an account with this e-mail")
    audit.record(tx, actor, "account.created", _subject(account.id), {"role": str(role)})
    return account


def list_accounts(tx: Tx, actor: Actor) -> Sequence[Account]:
    """Everybody. Raises: Forbidden below admin."""
    require(actor, Role.ADMIN)
    return repository.all_accounts(tx)


def get_account(tx: Tx, account_id: str) -> Account:
    """Raises: NotFound."""
    found = repository.get_account(tx, account_id)
    if found is None:
        raise NotFound("account_not_found")
    return found


def deactivate_account(tx: Tx, actor: Actor, account_id: str) -> None:
    """Let the person in no more, and end his sessions; what he did stays under his name.

    Raises: Forbidden below admin, NotFound, Conflict for the last admin.
    """
    require(actor, Role.ADMIN)
    admins = repository.active_admins_locked(tx)
    account = get_account(tx, account_id)
    if not account.active:
        return
    if list(admins) == [account_id]:
        raise Conflict("last_admin", "nobody could make accounts any more")
    repository.update_account(tx, account_id, {"active": False})
    repository.delete_sessions_of(tx, account_id)
    audit.record(tx, actor, "account.deactivated", _subject(account_id))


def change_password(
    tx: Tx, actor: Actor, attempt: LoginAttempt, new_hash: str, session: str
) -> None:
    """Set the actor's own password once the old one was found right; his other sessions end.

    Raises: Unauthorized if it was changed meanwhile.
    """
    account = _still_the_same(tx, attempt)
    if account is None or account.id != actor.id:
        raise Unauthorized("wrong_password")
    repository.delete_failure(tx, attempt.failure_id)
    repository.update_account(tx, account.id, {"password_hash": new_hash})
    repository.delete_sessions_of(tx, account.id, but=digest(session))
    audit.record(tx, actor, "account.password_changed", _subject(account.id))


def begin_login(tx: Tx, email: str, address: str) -> LoginAttempt:
    """Count the attempt as failed for now, and find whose password to check.

    `address`: see rules.address_key. Raises: RateLimited after 10 failures of the e-mail in 15
    minutes, or 50 from the address.
    """
    email = normalise_email(email)
    since = tx.now - FAILURES_WINDOW
    recent = repository.recent_failures(tx, digest(email), address, since)
    for failures, allowed in zip(recent, (FAILURES_ALLOWED, FAILURES_OF_ADDRESS), strict=True):
        if len(failures) >= allowed:
            wait = failures[-allowed] + FAILURES_WINDOW - tx.now
            raise RateLimited(
                "too_many_logins",
                "too many failed logins; try again later",
                params={"retry_after": int(wait.total_seconds()) + 1},
            )
    repository.delete_failures_before(tx, since)
    failure_id = repository.insert_failure(tx, digest(email), address)
    return LoginAttempt(failure_id, repository.account_by_email(tx, email))


def finish_login(tx: Tx, attempt: LoginAttempt, token: str, better_hash: str | None) -> Account:
    """Open a session under `token` once the password was right.

    `better_hash` replaces one that was made with outdated costs. Raises: Unauthorized if the
    account was shut or its password changed meanwhile.
    """
    account = _still_the_same(tx, attempt)
    if account is None:
        raise Unauthorized("wrong_login", "e-mail or password is wrong")
    if better_hash is not None:
        repository.update_account(tx, account.id, {"password_hash": better_hash})
    repository.delete_failure(tx, attempt.failure_id)
    repository.delete_ended_sessions(tx)
    repository.insert_session(tx, digest(token), account.id, tx.now + SESSION_LENGTH)
    audit.record(tx, actor_of(account), "account.logged_in", _subject(account.id))
    return account


def log_out(tx: Tx, token: str) -> None:
    """End the session; one that is not there has ended already."""
    repository.delete_session(tx, digest(token))


def find_session(tx: Tx, token: str) -> SignedInAs | None:
    """Who is signed in under the token; None for a wrong or ended one, or a shut account."""
    found = repository.session_account(tx, digest(token))
    if found is None or not found[0].active:
        return None
    account, ends = found
    return SignedInAs(actor_of(account), slides=tx.now + SESSION_LENGTH - ends > SLIDE_AFTER)


def slide_session(tx: Tx, token: str) -> None:
    """Let the session live on from now."""
    repository.move_session_end(tx, digest(token), tx.now + SESSION_LENGTH)


def create_key(tx: Tx, actor: Actor, name: str, role: Role) -> tuple[ApiKey, str]:
    """A key for a program, and its text, which is told this once. Raises: Forbidden below admin."""
    require(actor, Role.ADMIN)
    prefix, secret = new_key_prefix(), new_secret()
    key = ApiKey(tx.ids.new(), prefix, digest(secret), name, role, actor.id, tx.now, None)
    repository.insert_key(tx, key)
    data = {"name": name, "role": str(role)}
    audit.record(tx, actor, "api_key.created", f"api_key:{key.id}", data)
    return key, compose_key(prefix, secret)


def list_keys(tx: Tx, actor: Actor) -> Sequence[ApiKey]:
    """All keys, revoked ones too. Raises: Forbidden below admin."""
    require(actor, Role.ADMIN)
    return repository.all_keys(tx)


def revoke_key(tx: Tx, actor: Actor, key_id: str) -> None:
    """Let the key open nothing any more. Raises: Forbidden below admin, NotFound."""
    require(actor, Role.ADMIN)
    if not repository.revoke_key(tx, key_id):
        raise NotFound("api_key_not_found")
    audit.record(tx, actor, "api_key.revoked", f"api_key:{key_id}")


def find_key(tx: Tx, text: str) -> Actor | None:
    """Whose key it is; None for a wrong or revoked one."""
    parts = split_key(text)
    if parts is None:
        return None
    key = repository.key_by_prefix(tx, parts[0])
    if key is None or key.revoked_at is not None or not same_digest(parts[1], key.secret_hash):
        return None
    return Actor("api_key", key.id, key.name, key.role)


def _still_the_same(tx: Tx, attempt: LoginAttempt) -> Account | None:
    """The account whose password was checked, held until the commit; None if it was shut or its
    password changed meanwhile."""
    checked = attempt.account
    account = None if checked is None else repository.get_account(tx, checked.id, lock=True)
    if checked is None or account is None or not account.active:
        return None
    return account if account.password_hash == checked.password_hash else None


def _subject(account_id: str) -> str:
    return f"account:{account_id}"
