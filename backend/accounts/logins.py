"""Use cases with a password in them: the hashing stands between two transactions."""

from __future__ import annotations

from backend.accounts import service
from backend.accounts.passwords import Passwords
from backend.accounts.repository import Account
from backend.accounts.rules import new_secret
from backend.accounts.schemas import AccountIn, PasswordIn
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Database
from backend.kit.errors import Forbidden, Unauthorized


async def log_in(
    db: Database, passwords: Passwords, email: str, password: str, address: str
) -> tuple[Account, str]:
    """Check the password and open a session; returns the account and the session's token.

    An unknown e-mail, a wrong password and a shut account take the same time and get the same
    answer. Raises: Unauthorized, RateLimited.
    """
    attempt = await db.tx(service.begin_login, email, address)
    known = attempt.account.password_hash if attempt.account else None
    if not await passwords.verify(known, password) or known is None:
        raise Unauthorized("wrong_login", "e-mail or password is wrong")
    better = await passwords.hash(password) if passwords.is_outdated(known) else None
    token = new_secret()
    return await db.tx(service.finish_login, attempt, token, better), token


async def create_account(
    db: Database, passwords: Passwords, actor: Actor, form: AccountIn
) -> Account:
    """Add a person. Raises: Forbidden below admin, Conflict if the e-mail is taken."""
    require(actor, Role.ADMIN)  # before the costly hash
    hashed = await passwords.hash(form.password)
    return await db.tx(
        service.create_account, actor, form.email, form.name, form.role, hashed, form.locale
    )


async def change_password(
    db: Database, passwords: Passwords, actor: Actor, form: PasswordIn, session: str, address: str
) -> None:
    """Change one's own password. A wrong old one counts as a failed login.

    Raises: Forbidden for an API key, Unauthorized for a wrong old password, RateLimited.
    """
    if actor.kind != "account":
        raise Forbidden("not_a_person")
    account = await db.read(service.get_account, actor.id)
    attempt = await db.tx(service.begin_login, account.email, address)
    known = attempt.account.password_hash if attempt.account else None
    if not await passwords.verify(known, form.old):
        raise Unauthorized("wrong_password", "the old password is wrong")
    hashed = await passwords.hash(form.new)
    await db.tx(service.change_password, actor, attempt, hashed, session)
