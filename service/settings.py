"""Settings: the only module that reads the environment.

Every setting starts with ``CONVENE_``. A secret may be given by ``..._FILE`` instead, naming a file that holds it.
``load`` refuses to start with one sentence for each wrong setting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

PREFIX = "CONVENE_"
LONGEST_CALL = 40


class SettingsRefusedError(Exception):
    """The settings cannot be used; ``sentences`` has one sentence for each wrong one. Caught by the command line."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebhookSourceSettings(_Strict):
    """One system that sends signed webhooks: its partnership and its secrets (several while they are rotated)."""

    partnership: str
    secrets: Annotated[list[SecretStr], Field(min_length=1)]


class ApiClientSettings(_Strict):
    """One system that calls the API: the SHA-256 (hex) of its key, where it may act, and what it may do."""

    key_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    partnerships: Annotated[list[str], Field(min_length=1)]
    may: Annotated[list[str], Field(min_length=1)]


class PartnershipSettings(_Strict):
    """One partnership we serve: its policy pack, what its invitations say, and its organiser mailboxes."""

    name: str
    pack: str
    service_address: str
    service_phone: str
    organiser_mailboxes: Annotated[list[str], Field(min_length=1)]


class Settings(_Strict):
    """All settings, read once when a process starts. Times are in seconds unless the name says otherwise."""

    database_url: SecretStr = Field(description="PostgreSQL: postgresql+asyncpg://…")
    redis_url: SecretStr = Field(
        description="Redis or Valkey: redis://…, rediss://… or unix://…, or by its Sentinels: redis+sentinel://…"
    )
    sealing_keys: dict[str, SecretStr] = Field(description="JSON: key id to 32 bytes in base64; identities are sealed")
    sealing_key_current: str = Field(description="the id of the key that seals new requests")
    answer_link_secret: SecretStr = Field(
        min_length=32, description="signs personal answer links; 32 characters or more"
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="how recipients reach this service; links start with it"
    )
    partnerships: dict[str, PartnershipSettings] = Field(description="JSON: partnership id to its settings")
    webhook_sources: dict[str, WebhookSourceSettings] = Field(
        {}, description="JSON: source name to partnership and secrets"
    )
    api_clients: dict[str, ApiClientSettings] = Field(
        {}, description="JSON: client name to key hash, partnerships, rights"
    )

    graph_url: str = Field("https://graph.microsoft.com/v1.0", description="the Graph endpoint, with its version")
    graph_authority: str = Field("https://login.microsoftonline.com", description="where Graph tokens come from")
    graph_tenant_id: str = Field("", description="the tenant that holds the organiser mailboxes")
    graph_client_id: str = Field("", description="this service's application id")
    graph_client_secret: SecretStr = Field(SecretStr(""), description="its secret")
    graph_timeout: float = Field(30.0, gt=0, description=f"the whole of one Graph call; at most {LONGEST_CALL}")
    graph_is_sandbox: bool = Field(
        default=False, description="true only for the sandbox; allows business time to run fast"
    )
    graph_in_flight: int = Field(4, ge=1, le=4, description="calls at once for each organiser mailbox; Graph allows 4")
    graph_requests_per_10_minutes: int = Field(10_000, ge=1, description="Graph's limit for each mailbox")
    graph_messages_per_minute: int = Field(30, ge=1, description="Exchange's limit for each mailbox")
    graph_recipients_per_day: int = Field(
        10_000, ge=1, description="Exchange's limit for each mailbox: recipients within a day"
    )
    graph_read_mail: bool = Field(
        default=True, description="whether mail in the organiser mailboxes is read (Mail.Read); false: it is not"
    )
    graph_notification_url: str = Field("", description="where Graph posts changes; empty: replies are polled for only")

    sign_in_tenant_id: str = Field("", description="the tenant whose people sign in; empty: no staff page is shown")
    sign_in_client_id: str = Field("", description="the application they sign in to; its app roles give them theirs")
    sign_in_client_secret: SecretStr = Field(SecretStr(""), description="its secret")
    sign_in_authority: str = Field("https://login.microsoftonline.com", description="where people sign in")
    session_hours: float = Field(8.0, gt=0, le=12, description="a session ends after this, whatever happens")
    session_idle_minutes: float = Field(30.0, ge=5, le=120, description="and after this without a page being opened")

    bind_host: str = Field("127.0.0.1", description="the address to listen on")
    bind_port: int = Field(8080, ge=0, le=65535, description="the port to listen on")
    proxies_in_front: int = Field(
        0,
        ge=0,
        le=5,
        description="how many proxies of yours stand in front and add the caller's address to X-Forwarded-For; wrong "
        "codes are counted by that address",
    )
    sweep_seconds: int = Field(5, ge=1, le=30, description="how often workers look for due work")
    poll_seconds: int = Field(60, ge=1, le=900, description="how often mailboxes are read when no change was notified")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="the least that is logged")

    announced_bank_holidays: frozenset[date] = Field(
        frozenset(), description='JSON: special bank holidays proclaimed since this release, as ["2027-06-04"]'
    )
    clock_epoch: datetime | None = Field(None, description="business time at clock_started; the sandbox only")
    clock_started: datetime | None = Field(None, description="the real instant at which clock_epoch was reached")
    clock_speed: float = Field(1.0, ge=1, le=5000, description="business seconds per real second; the sandbox only")

    @field_validator("redis_url")
    @classmethod
    def _to_be_found(cls, value: SecretStr) -> SecretStr:
        scheme = value.get_secret_value().partition("://")[0]
        if scheme.endswith("+sentinel"):
            # redis-py is slow to load, and a command that needs no Redis need not wait for it.
            from service.redis_address import pool_of  # noqa: PLC0415

            pool_of(value.get_secret_value())
        elif scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss://, unix://, redis+sentinel:// or rediss+sentinel://")
        return value

    @field_validator("graph_timeout")
    @classmethod
    def _ends_before_its_job(cls, value: float) -> float:
        if value > LONGEST_CALL:
            raise ValueError(
                f"must be {LONGEST_CALL} or less: a call must end before its job does (55) and its lease (60), or a "
                "second worker would do the same act beside it"
            )
        return value

    @field_validator("clock_epoch", "clock_started")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("must carry an offset, for example 2026-11-23T08:30:00+00:00")
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.clock_epoch is None) != (self.clock_started is None):
            raise ValueError("CONVENE_CLOCK_EPOCH and CONVENE_CLOCK_STARTED are set together or not at all")
        if (self.clock_epoch is not None or self.clock_speed != 1) and not self.graph_is_sandbox:
            raise ValueError("business time may run fast only when CONVENE_GRAPH_IS_SANDBOX is true")
        if self.sealing_key_current not in self.sealing_keys:
            raise ValueError("CONVENE_SEALING_KEY_CURRENT names no key of CONVENE_SEALING_KEYS")
        self._sign_in_whole()
        for name, source in self.webhook_sources.items():
            if source.partnership not in self.partnerships:
                raise ValueError(f"CONVENE_WEBHOOK_SOURCES: {name} names an unknown partnership")
        return self

    def _sign_in_whole(self) -> None:
        given = (self.sign_in_tenant_id, self.sign_in_client_id, self.sign_in_client_secret.get_secret_value())
        if any(given) and not all(given):
            raise ValueError(
                "CONVENE_SIGN_IN_TENANT_ID, CONVENE_SIGN_IN_CLIENT_ID and CONVENE_SIGN_IN_CLIENT_SECRET are set "
                "together or not at all; without them no staff page is shown"
            )
        if self.sign_in_tenant_id in {"common", "organizations", "consumers"}:
            raise ValueError("CONVENE_SIGN_IN_TENANT_ID names one tenant: with any other, strangers could sign in")
        if all(given) and not self.graph_is_sandbox:
            for name, address in (("SIGN_IN_AUTHORITY", self.sign_in_authority), ("PUBLIC_URL", self.public_url)):
                if not address.startswith("https://"):
                    raise ValueError(f"CONVENE_{name} must start with https:// where people sign in")


_JSON_SETTINGS = frozenset(
    {"sealing_keys", "partnerships", "webhook_sources", "api_clients", "announced_bank_holidays"}
)


def _from_file(name: str, path: str, sentences: list[str]) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        sentences.append(f"{PREFIX}{name.upper()}_FILE: the file cannot be read ({type(error).__name__}).")
        return None


def _gather(environment: Mapping[str, str], sentences: list[str]) -> dict[str, Any]:

    known = set(Settings.model_fields)
    values: dict[str, Any] = {}
    for variable, raw in sorted(environment.items()):
        if not variable.startswith(PREFIX):
            continue
        name, value = variable.removeprefix(PREFIX).lower(), raw
        if name.endswith("_file") and name.removesuffix("_file") in known:
            name = name.removesuffix("_file")
            from_file = _from_file(name, raw, sentences)
            if from_file is None:
                continue
            value = from_file
        if name not in known:
            sentences.append(f"{variable} is not a setting of Convene; see docs/settings.md.")
            continue
        try:
            values[name] = json.loads(value) if name in _JSON_SETTINGS else value
        except json.JSONDecodeError as error:
            sentences.append(f"{variable} must be JSON: {error.msg} at character {error.pos}.")
    return values


def announced_bank_holidays(environment: Mapping[str, str] | None = None) -> frozenset[date]:
    """That setting alone, for commands that need no other: none where it is not set.

    Raises:
        SettingsRefusedError: it is no list of days.
    """
    given = os.environ if environment is None else environment
    sentences: list[str] = []
    own = {name: value for name, value in given.items() if name.startswith(f"{PREFIX}ANNOUNCED_BANK_HOLIDAYS")}
    values = _gather(own, sentences)
    try:
        days = TypeAdapter(frozenset[date]).validate_python(values.get("announced_bank_holidays", ()))
    except ValidationError:
        sentences.append(f'{PREFIX}ANNOUNCED_BANK_HOLIDAYS must be a list of days, as ["2027-06-04"].')
    if sentences:
        raise SettingsRefusedError(sentences)
    return days


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or from the mapping given).

    Raises:
        SettingsRefusedError: one sentence for each setting that is missing, unknown or wrong; never a secret's value.
    """
    sentences: list[str] = []
    values = _gather(os.environ if environment is None else environment, sentences)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            where = "_".join(str(part) for part in problem["loc"][:1]).upper()
            inside = "".join(f" → {part}" for part in problem["loc"][1:])
            said = problem["msg"].removeprefix("Value error, ")
            sentences.append(f"{PREFIX}{where}{inside}: {said}." if where else f"{said}.")
        raise SettingsRefusedError(sentences) from None
    if sentences:
        raise SettingsRefusedError(sentences)
    return settings
