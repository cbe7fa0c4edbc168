"""What one sandbox is told when it starts."""

import json
import uuid
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from service.sandbox.clock import real_now


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account in the pretend tenant, and the app roles the staff application gives them."""

    name: str
    roles: tuple[str, ...] = ()

    @property
    def oid(self) -> str:
        """Their object id: the same in every run, so that tests can name it."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox:{self.name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffApplication:
    """The application people sign in to: where Entra may send them back to, and who they are."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    people: tuple[Person, ...] = ()

    @classmethod
    def read(cls, raw: Any) -> "StaffApplication":
        """From a JSON object. Raises ValueError."""
        try:
            people = tuple(Person(each["name"], tuple(each.get("roles", ()))) for each in raw.get("people", ()))
            return cls(
                client_id=raw["client_id"],
                client_secret=raw["client_secret"],
                redirect_uris=tuple(raw["redirect_uris"]),
                people=people,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"sign_in: {type(error).__name__} {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """The pretend tenant: who may ask, which mailboxes it hosts, how time passes, which limits hold.

    ``epoch``, ``started`` and ``speed`` make the business clock (see ``Clock``); an epoch without ``started`` starts
    when the configuration is made. Every duration (``reply_lag``, ``latency``, ``token_lifetime``,
    ``notification_retries``) is in real seconds, and so are the windows of the limits. ``keep_answers``: a new time or
    place leaves the answers on an event, because it is not settled that Exchange always forgets them.
    """

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    mailboxes: tuple[str, ...]
    control_token: str = field(repr=False)
    people: tuple[str, ...] = ()
    epoch: datetime | None = None
    started: datetime | None = None
    speed: float = 1.0
    teams: bool = True
    in_flight_limit: int = 4
    requests_per_10_minutes: int = 10_000
    mail_per_minute: int | None = None
    recipients_per_day: int | None = None
    reply_lag: float = 0.0
    latency: float = 0.0
    token_lifetime: int = 3599
    notification_retries: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    keep_answers: bool = False
    sign_in: StaffApplication | None = None

    def __post_init__(self) -> None:
        """Refuse a configuration that cannot work.

        Raises:
            ValueError: an empty secret, no mailbox, a naive time or a speed that does not move forward.
        """
        for name in ("tenant_id", "client_id", "client_secret", "control_token"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
        if not self.mailboxes:
            raise ValueError("mailboxes must name at least one organiser mailbox")
        if self.speed <= 0:
            raise ValueError("speed must be above zero")
        for name in ("epoch", "started"):
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"{name} must carry a UTC offset")
        if self.epoch is not None and self.started is None:
            object.__setattr__(self, "started", real_now())

    @classmethod
    def from_json(cls, text: str) -> "SandboxConfig":
        """Read a configuration from JSON with the same names; times in ISO 8601 with an offset.

        Raises:
            ValueError: not a JSON object, an unknown name, a missing name, or a value that cannot work.
        """
        raw = json.loads(text)
        if not isinstance(raw, dict):
            raise ValueError("the configuration must be a JSON object")  # noqa: TRY004
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(raw) - known):
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        values: dict[str, Any] = dict(raw)
        for name in ("mailboxes", "people", "notification_retries"):
            if name in values:
                values[name] = tuple(values[name])
        if values.get("sign_in") is not None:
            values["sign_in"] = StaffApplication.read(values["sign_in"])
        for name in ("epoch", "started"):
            if values.get(name) is not None:
                values[name] = datetime.fromisoformat(values[name])
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(str(error)) from error
