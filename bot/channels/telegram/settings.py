"""What a Telegram channel account is configured with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from aiogram.utils.token import TokenValidationError, validate_token
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
)

from bot.channels.base import ChannelError


def _a_token(token: SecretStr) -> SecretStr:
    try:
        validate_token(token.get_secret_value())
    except TokenValidationError:
        raise ValueError("not a bot token (123456789:AA…)") from None
    return token


def _a_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
        raise ValueError("only 1 to 256 of A-Z a-z 0-9 _ - are allowed")
    return secret


class TelegramSettings(BaseModel):
    """`ChannelAccount.settings` of a Telegram account.

    `bot_token` comes from @BotFather. `webhook_secret` is the shop's own choice, 1 to 256 of
    `A-Za-z0-9_-` (Telegram's rule); without one every webhook call is refused. `base_url` names
    another Bot API server (a local one, a mock). `timeout` is in seconds, for each call.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: Annotated[SecretStr, AfterValidator(_a_token)]
    webhook_secret: Annotated[SecretStr, AfterValidator(_a_secret)] = SecretStr("")
    base_url: HttpUrl = HttpUrl("https://api.telegram.org")
    timeout: Annotated[float, Field(gt=0, le=300)] = 30.0

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Raises: ChannelError `bad_settings`; it names the fields, never their values."""
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            reasons = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
        # Outside of the handler: the chained error would hold the values.
        raise ChannelError("bad_settings", reasons)
