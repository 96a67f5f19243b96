"""What goes in and out of the accounts' endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.accounts.rules import PASSWORD_LENGTH
from backend.kit.actor import Role
from backend.kit.fields import Email, LocaleTag, Text

_SHORTEST, _LONGEST = PASSWORD_LENGTH
Password = Annotated[str, Field(min_length=_SHORTEST, max_length=_LONGEST)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LoginIn(_In):
    email: Annotated[Text, Field(max_length=254)]
    password: Annotated[str, Field(max_length=200)]


class AccountIn(_In):
    email: Email
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    role: Role
    password: Password
    locale: LocaleTag = "zh-CN"


class PasswordIn(_In):
    old: Annotated[str, Field(max_length=200)]
    new: Password


class ApiKeyIn(_In):
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    role: Role


class AccountOut(BaseModel):
    id: str
    email: str
    name: str
    role: Role
    locale: str
    active: bool


class SignedIn(BaseModel):
    account: AccountOut


class AccountList(BaseModel):
    items: list[AccountOut]


class ApiKeyOut(BaseModel):
    """`prefix` is the middle of the key, by which its holder can tell which one it is."""

    id: str
    prefix: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


class ApiKeyList(BaseModel):
    items: list[ApiKeyOut]


class NewApiKey(BaseModel):
    """`key` is shown this once."""

    id: str
    key: str
