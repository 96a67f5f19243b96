"""What WeCom channel accounts are configured with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    model_validator,
)

from bot.channels.base import ChannelError


def _a_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", token.get_secret_value()):
        raise ValueError("1 to 32 letters and digits, as in the admin console")
    return token


def _an_aes_key(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{43}", key.get_secret_value()):
        raise ValueError("43 letters and digits, as in the admin console (EncodingAESKey)")
    return key


_Id = Annotated[str, Field(pattern=r"^[\w.@-]{1,64}$")]


class WecomSettings(BaseModel):
    """What both have in common.

    `corp_id` is the company's id (我的企业 → 企业信息), `secret` the app's. `token` and `aes_key`
    are those of the callback (接收消息 → 设置API接收). `base_url` leads to another API server (a
    proxy with a fixed address, a mock); every call goes there, also for tokens and media.
    `timeout` is in seconds, for each call. `replay_window` is how old, in seconds, a signed call
    may be: WeCom calls again within seconds, so a later one is somebody else's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    corp_id: _Id
    secret: Annotated[SecretStr, Field(min_length=1)]
    token: Annotated[SecretStr, AfterValidator(_a_token)]
    aes_key: Annotated[SecretStr, AfterValidator(_an_aes_key)]
    base_url: HttpUrl = HttpUrl("https://qyapi.weixin.qq.com")
    timeout: Annotated[float, Field(gt=0, le=300)] = 10.0
    replay_window: Annotated[float, Field(ge=30, le=3_600)] = 600.0

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


class AppSettings(WecomSettings):
    """`ChannelAccount.settings` of a `wecom` account.

    `agent_id` is the app's AgentId. `greet_on_enter`: greet a member each time he opens the app
    (WeCom tells it when 上报进入应用事件 is on), not only when he first gets it.
    """

    agent_id: Annotated[int, Field(ge=0)]
    greet_on_enter: bool = False


class KfSettings(WecomSettings):
    """`ChannelAccount.settings` of a `wecom_kf` account.

    `open_kfids` names the customer service accounts to read, all that the app may manage if left
    out. `handoff` says where a conversation goes that the bot gives to people: `pool` (待接入池),
    `servicer` (the member `servicer`, a 接待人员), or `none`: they answer from Aftercare.
    """

    open_kfids: tuple[_Id, ...] = ()
    handoff: Literal["pool", "servicer", "none"] = "pool"
    servicer: _Id | None = None

    @model_validator(mode="after")
    def _a_servicer_has_a_name(self) -> Self:
        if (self.handoff == "servicer") != (self.servicer is not None):
            raise ValueError("servicer is needed with handoff: servicer, and only with it")
        return self
