"""Change notification subscriptions.

Source: learn.microsoft.com/graph/change-notifications-delivery-webhooks and resources/subscription.
"""

import base64
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from service.sandbox.clock import graph_instant
from service.sandbox.errors import GraphError, invalid_request, invalid_value, not_emulated, resource_not_found
from service.sandbox.fields import boolean, one_of, record, text

LONGEST = timedelta(minutes=10_080)
LONGEST_RICH = timedelta(minutes=1_440)
SHORTEST = timedelta(minutes=45)
CHANGE_TYPES = ("created", "updated", "deleted")

_EVENTS = re.compile(r"/?users/([^/]+)/(?:calendar/)?events", re.IGNORECASE)
# Arrivals in the inbox alone: everywhere else a draft or a copy in Sent Items would be a change too.
_INBOX = re.compile(r"/?users/([^/]+)/mailFolders(?:\('inbox'\)|/inbox)/messages", re.IGNORECASE)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _loopback_url(value: Any, path: str) -> str:
    url: str = text(2048)(value, path)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise invalid_value(path, "the sandbox only notifies addresses on this machine")
    return url


def _change_types(value: Any, path: str) -> frozenset[str]:
    words = [word.strip().casefold() for word in text()(value, path).split(",")]
    if not words or set(words) - set(CHANGE_TYPES):
        raise invalid_value(path, "expected created, updated, deleted, joined by commas")
    return frozenset(words)


def _instant(value: Any, path: str) -> datetime:
    try:
        found = datetime.fromisoformat(text(40)(value, path))
    except ValueError as error:
        raise invalid_value(path, "expected an instant with its offset") from error
    if found.tzinfo is None:
        raise invalid_value(path, "expected an instant with its offset")
    return found.astimezone(UTC)


def _certificate(value: Any, path: str) -> str:
    raw: str = text(16_384)(value, path)
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(raw, validate=True)).public_key()
    except (ValueError, TypeError) as error:
        raise invalid_value(path, "expected an X.509 certificate in base64") from error
    if not isinstance(key, RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise invalid_value(path, "expected an RSA key of 2048 to 4096 bits")
    return raw


def _check_rich(values: dict[str, Any], now: datetime) -> None:
    """What Graph wants of notifications with resource data; a subscription that has it all is refused as not emulated.

    Source: learn.microsoft.com/graph/change-notifications-with-resource-data.
    """
    if not values.get("includeResourceData"):
        return
    for name in ("encryptionCertificate", "encryptionCertificateId"):
        if not values.get(name):
            raise invalid_request(f"{name} is required when includeResourceData is set to true.")
    _, _, query = values["resource"].partition("?")
    chosen = next((part.partition("=")[2] for part in query.split("&") if part.startswith("$select=")), "")
    if not chosen or "body" in chosen.casefold().split(","):
        raise invalid_request("A $select without the body is required with includeResourceData.")
    if values["expirationDateTime"] - now > LONGEST_RICH:
        raise invalid_value("expirationDateTime", "it can only be 1440 minutes in the future with resource data")
    raise not_emulated("Sending encrypted resource data")


_NEW = record(
    {
        "changeType": _change_types,
        "notificationUrl": _loopback_url,
        "lifecycleNotificationUrl": _loopback_url,
        "resource": text(2048),
        "expirationDateTime": _instant,
        "clientState": text(128),
        "latestSupportedTlsVersion": one_of("v1_0", "v1_1", "v1_2", "v1_3"),
        "includeResourceData": boolean,
        "encryptionCertificate": _certificate,
        "encryptionCertificateId": text(128),
    },
    required=("changeType", "notificationUrl", "resource", "expirationDateTime"),
)
_RENEWAL = record({"expirationDateTime": _instant}, required=("expirationDateTime",))


@dataclass(slots=True)
class Subscription:
    """One subscription to the events of one mailbox, or to the mail that comes into its inbox."""

    id: str
    resource: str
    user: str
    change_types: frozenset[str]
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    immutable: bool
    mail: bool = False

    def shown(self, application: str) -> dict[str, Any]:
        """Write the subscription as Graph does; the client state is given back only at creation."""
        return {
            "id": self.id,
            "resource": self.resource,
            "applicationId": application,
            "changeType": ",".join(kind for kind in CHANGE_TYPES if kind in self.change_types),
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": graph_instant(self.expires),
            "latestSupportedTlsVersion": "v1_2",
            "includeResourceData": None,
            "clientState": None,
        }


def expiry(wanted: datetime, now: datetime) -> datetime:
    """Return when a subscription ends: under 45 minutes is raised to 45.

    Raises:
        GraphError: 400, in the past, or more than 10,080 minutes ahead.
    """
    if wanted <= now:
        raise invalid_value("expirationDateTime", "it must be in the future")
    if wanted - now > LONGEST:
        raise invalid_value("expirationDateTime", "it can only be 10080 minutes in the future")
    return max(wanted, now + SHORTEST)


def read_subscription(body: dict[str, Any], now: datetime, *, immutable: bool) -> Subscription:
    """Check the body of a create.

    Raises:
        GraphError: 400, an unknown property or a value it cannot take.
    """
    values = _NEW(body, "")
    _check_rich(values, now)
    mail = _INBOX.fullmatch(values["resource"])
    found = mail or _EVENTS.fullmatch(values["resource"])
    if found is None:
        raise invalid_value(
            "resource", "only users/{id}/events and users/{id}/mailFolders('inbox')/messages are emulated"
        )
    return Subscription(
        id=str(uuid.uuid4()),
        resource=values["resource"],
        user=found.group(1),
        change_types=values["changeType"],
        notification_url=values["notificationUrl"],
        lifecycle_url=values.get("lifecycleNotificationUrl"),
        client_state=values.get("clientState"),
        expires=expiry(values["expirationDateTime"], now),
        immutable=immutable,
        mail=mail is not None,
    )


def read_renewal(body: dict[str, Any], now: datetime) -> datetime:
    """Check the body of a PATCH, which may only move the expiry; return the new one.

    Raises:
        GraphError: 400, anything else in the body, or an expiry out of range.
    """
    return expiry(_RENEWAL(body, "")["expirationDateTime"], now)


class Subscriptions:
    """Every subscription that has not expired."""

    def __init__(self) -> None:
        self._by_id: dict[str, Subscription] = {}

    def active(self, now: datetime) -> Iterator[Subscription]:
        """Yield subscriptions still alive, forgetting those that are not."""
        for found in list(self._by_id.values()):
            if found.expires <= now:
                del self._by_id[found.id]
            else:
                yield found

    def add(self, subscription: Subscription, now: datetime) -> None:
        """Keep a subscription.

        Raises:
            GraphError: 409, the application already has one for the same resource and change types.
        """
        self.check_new(subscription, now)
        self._by_id[subscription.id] = subscription

    def check_new(self, subscription: Subscription, now: datetime) -> None:
        """Refuse a second subscription for the same resource and change types.

        Raises:
            GraphError: 409.
        """
        for held in self.active(now):
            same = held.resource.strip("/").casefold() == subscription.resource.strip("/").casefold()
            if same and held.change_types == subscription.change_types:
                message = "A subscription for this resource and change type already exists."
                raise GraphError(409, "Conflict", message)

    def get(self, subscription_id: str, now: datetime) -> Subscription:
        """Return a live subscription.

        Raises:
            GraphError: 404.
        """
        for found in self.active(now):
            if found.id == subscription_id:
                return found
        raise resource_not_found(f"subscription {subscription_id}")

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._by_id.pop(subscription.id, None)

    def clear(self) -> None:
        """Forget every subscription."""
        self._by_id.clear()
