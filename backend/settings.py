"""Settings, from environment variables `AFTERCARE_*` (and `.env`)."""

from __future__ import annotations

import math
import re
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.understanding.llm.permission import Permission

DEMO_CHANNEL = "web-demo"
"""The web chat of the demo shop."""
_CHECK = "(blank|reused|text|nudity)"
PHOTO_CHECKS = rf"^({_CHECK}(,{_CHECK})*)?$"
PREFIX = "AFTERCARE_"
POSTGRES = "postgresql+asyncpg"
_ALSO_POSTGRES = frozenset({"postgres", "postgresql", POSTGRES})
"""How other tools, and those who rent databases out, write the same address."""
_NO_FILE = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:|^[^/\\]*@")
"""The beginnings of a mistyped address. One letter before a colon is a drive."""


class Settings(BaseSettings):
    """Everything that differs between installations. Times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    """Empty: SQLite in the data folder. Else postgresql+asyncpg://user:password@host/name, or the
    path of another SQLite file."""
    database_wait: float = Field(default=math.inf, ge=0)
    """A starting process gives up when its database was away for so long; inf: never."""
    public_url: str = "http://127.0.0.1:8000"
    """Where vendors and customers reach this house; https there makes cookies secure."""
    secret: str = Field(default="", repr=False)
    """Signs the demo shop's customers; kept in the data folder when empty."""
    shop_name: str = "Aftercare Shop"
    shop_timezone: str = "Asia/Shanghai"
    shop_locale: str = "zh-CN"
    changes: Path | None = None
    """What customers may change of their orders by themselves: a YAML file
    (docs/guides/changes.md). None: nothing."""
    return_address: str = ""
    """Where goods go back to; told with the return instructions."""
    frame_ancestors: str = "'self'"
    """Which shop pages may embed the widget: a CSP source list."""
    understanding: Literal["local", "rules"] = "local"
    """What reads messages: the rules with a local model, or the rules alone (150 MB less)."""
    photo_checks: str = Field(default="blank,reused,text,nudity", pattern=PHOTO_CHECKS)
    """What is looked for on photos; `text` and `nudity` where the extra `photos` is installed."""
    demo: bool = False
    demo_payments: str = ""
    """How the demo payment provider behaves, e.g. `slow_seconds=0.2,vanish_rate=0.1`."""
    stripe_api_key: str = Field(default="", repr=False)
    stripe_base_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    """Whose X-Forwarded-For and -Proto are believed: addresses, comma-separated."""
    chroma: str = Field(default="embedded", pattern="^(embedded|memory|https?://.+)$")
    """Where the articles' vectors are: in the data folder (on Postgres: each process's memory), in
    memory, or a Chroma server's http://host:port."""
    redis_url: str = Field(default="", repr=False)
    """Carries push, presence and rate limits between several processes; empty: push goes by the
    database, the rest is each process's own."""
    busy_after: float = Field(default=15.0, gt=0)
    """A customer is told once that it takes longer when turns wait for so long."""
    refuse_after: float = Field(default=120.0, gt=0)
    """Messages are refused with 503, before anything of them is stored, when turns wait so long."""
    refuse_depth: int = Field(default=20_000, ge=1)
    """… or when so many wait."""
    session_rate: str = "300/minute"
    """New chat sessions from one network."""
    visitor_rate: str = "30/minute;300/day"
    """Those of them without a signed identity: each may try to prove an order five times."""
    message_rate: str = "60/minute"
    """Messages of one contact by web chat."""
    upload_rate: str = "30/minute"
    """Photos of one contact by web chat."""
    worker_concurrency: int = Field(default=16, ge=1, le=256)
    job_lease: float = Field(default=30.0, gt=0)
    job_poll: float = Field(default=1.0, gt=0)
    pool_size: int = Field(default=10, ge=2, le=100)
    database_patience: float = Field(default=60.0, ge=0)
    """Seconds a transaction of the service may take before its connection is given up for dead, on
    Postgres (0: for ever)."""
    log_level: str = "INFO"
    log_format: Literal["text", "json"] = "text"
    metrics_token: str = Field(default="", repr=False)
    """Opens /metrics to `Authorization: Bearer …`; empty: only this machine may read them."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where a worker answers /metrics and /api/v1/health; 0: nowhere."""
    metrics_host: str = "127.0.0.1"
    otlp_endpoint: str = ""
    """An OpenTelemetry collector, http://host:4318; empty: no traces."""
    drain_seconds: float = Field(default=20.0, ge=1, le=3600)
    """A stopping process ends its requests and jobs within; the rest is left to their leases."""
    drain_notice: float = Field(default=0.0, ge=0, le=600)
    """Of those, how long it goes on taking requests while /ready is red: until a load balancer
    has noticed."""
    min_free_mb: int = Field(default=200, ge=0)
    """Less room than this on the data folder's disk makes a process not ready."""

    llm_base_url: str = ""
    """An OpenAI-compatible endpoint, https://host/v1; empty: no language model is asked."""
    llm_model: str = ""
    llm_api_key: str = Field(default="", repr=False)
    llm_timeout: float = Field(default=4.0, gt=0, le=60)
    """After so long the local result answers."""
    llm_words: str = ""
    """Templates the model may put into other words, comma-separated: chat.answer (answers from the
    articles), chat.hello, dialog.* …; what tells of money, identity or a request may not."""
    llm_daily_tokens: int = Field(default=0, ge=0)
    """Tokens all processes together may use in a UTC day; 0: no cap."""
    llm_price_in: float = Field(default=0.0, ge=0)
    llm_price_out: float = Field(default=0.0, ge=0)
    """Prices of a million tokens, in units of `llm_currency`."""
    llm_currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    llm_transcript: str = ""
    """record:FILE keeps what was asked and answered, replay:FILE answers from it."""

    @field_validator("database_url")
    @classmethod
    def _can_be_opened(cls, url: str) -> str:
        return database_address(url.strip())

    @field_validator("llm_words")
    @classmethod
    def _may_be_allowed(cls, names: str) -> str:
        Permission.of(names)
        return names

    @property
    def asks_llm(self) -> bool:
        """Whether a language model, or a recording of one, is asked."""
        return bool(self.llm_base_url) or self.llm_transcript.startswith("replay:")

    @property
    def database(self) -> str:
        """A SQLite file's path or a Postgres address."""
        return self.database_url or str(self.data_dir / "aftercare.db")

    def payment_providers(self) -> dict[str, dict[str, str]]:
        """The configured providers with their own settings (docs/guides/payments.md)."""
        configured: dict[str, dict[str, str]] = {}
        if self.demo or self.demo_payments:
            pairs = (pair.partition("=") for pair in self.demo_payments.split(",") if pair.strip())
            configured["demo"] = {name.strip(): value.strip() for name, _, value in pairs}
        if self.stripe_api_key:
            configured["stripe"] = {
                "api_key": self.stripe_api_key,
                "base_url": self.stripe_base_url,
            }
        return configured

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded form."""
        return not self.database.startswith(POSTGRES)

    def signing_secret(self) -> str:
        """The secret; made once and kept in the data folder (mode 600) if none is set."""
        if self.secret:
            return self.secret
        path = self.data_dir / "secret"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()


def database_address(url: str) -> str:
    """The address as the service opens it: a SQLite file's path or postgresql+asyncpg://… .

    Raises: ValueError, whose words hold nothing of the address: there is a password in it.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        if _NO_FILE.match(url):
            raise ValueError(f"is neither an address ({POSTGRES}://…) nor the path of a file")
        return url
    if scheme == "sqlite":
        if not rest.startswith("/") or not rest.strip("/"):
            raise ValueError("names no file: sqlite:///shop.db, or sqlite:////srv/shop.db")
        return rest[1:]
    if scheme not in _ALSO_POSTGRES:
        raise ValueError(f"must begin with {POSTGRES}://, or be empty for SQLite")
    return _postgres_address(f"{POSTGRES}://{rest}")


def _postgres_address(url: str) -> str:
    from sqlalchemy.engine import make_url  # of no use to SQLite, and slow to load
    from sqlalchemy.exc import ArgumentError

    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("can't be read (is its port a number?)") from None
    if "@" in (parts.host or ""):
        raise ValueError("has an @ in its password: write %40 in its place")
    if parts.port is not None and not 0 < parts.port < 2**16:
        raise ValueError("has a port that is none: they go from 1 to 65535")
    if "sslmode" in parts.query:
        raise ValueError("has sslmode=…, which its driver calls ssl=…")
    return url


def faults_of(error: ValidationError) -> list[str]:
    """What is wrong with which setting, a sentence each, without its value."""
    return [
        f"{PREFIX}{'_'.join(map(str, fault['loc'])).upper()}: "
        f"{fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
