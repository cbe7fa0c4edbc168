"""Everything one sandbox holds, in memory."""

import time
import uuid

from service.sandbox.accounts import SignIns
from service.sandbox.background import Background
from service.sandbox.calls import CallLog
from service.sandbox.clock import Clock
from service.sandbox.config import SandboxConfig
from service.sandbox.diaries import Diaries
from service.sandbox.errors import access_denied, invalid_user
from service.sandbox.events import Event
from service.sandbox.faults import Switchboard
from service.sandbox.inboxes import PostOffice
from service.sandbox.limits import Meter
from service.sandbox.mail import Message
from service.sandbox.mailboxes import Mailbox
from service.sandbox.notifications import Notifier
from service.sandbox.subscriptions import Subscription, Subscriptions
from service.sandbox.tokens import TokenIssuer


class Sandbox:
    """The pretend tenant: mailboxes, inboxes, subscriptions, clock, faults and the log."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = Clock(config.epoch, config.started, config.speed)
        self.tokens = TokenIssuer(config.token_lifetime, time.monotonic)
        self.sign_ins: SignIns | None = None
        if config.sign_in is not None:
            self.sign_ins = SignIns(config.sign_in, config.tenant_id)
        self.background = Background()
        self.faults = Switchboard()
        self.calls = CallLog()
        self.subscriptions = Subscriptions()
        self.notifier = Notifier(
            config.tenant_id, config.notification_retries, self.background, self.faults, self.clock.now
        )
        self.reset()

    def reset(self) -> None:
        """Empty every mailbox and inbox, and forget subscriptions, faults and calls; tokens stay good."""
        self.background.cancel()
        self.run = uuid.uuid4().hex
        self.faults.clear()
        self.calls.clear()
        self.subscriptions.clear()
        self.notifier.counts.clear()
        self.notifier.overtaken.clear()
        self.post = PostOffice()
        self.diaries = Diaries()
        self.people = {person.casefold() for person in self.config.people}
        self.mailboxes: dict[str, Mailbox] = {}
        for address in self.config.mailboxes:
            self.mailboxes[address.casefold()] = Mailbox(address, self._meter())
            self.post.open_empty(address)

    def mailbox(self, user: str) -> Mailbox:
        """Return the mailbox of an address or directory object id.

        Raises:
            GraphError: 404, this tenant does not host it; 403, the application may not touch it.
        """
        found = self.hosted(user)
        if found is None:
            raise invalid_user(user)
        if found.denied:
            raise access_denied()
        return found

    def hosted(self, user: str) -> Mailbox | None:
        """Return the mailbox of an address or directory object id, or None."""
        wanted = user.casefold()
        found = self.mailboxes.get(wanted)
        return found or next((held for held in self.mailboxes.values() if held.object_id == wanted), None)

    def is_internal(self, address: str) -> bool:
        """Tell whether an address belongs to this tenant."""
        return address.casefold() in self.people or address.casefold() in self.mailboxes

    def publish(self, change: str, mailbox: Mailbox, event: Event) -> None:
        """Tell the subscribers of a mailbox's events that one of them changed."""
        self.notifier.event_changed(change, mailbox, event, self._watching(mailbox))

    def publish_mail(self, mailbox: Mailbox, message: Message) -> None:
        """Tell the subscribers of a mailbox's inbox that a mail has come into it."""
        self.notifier.mail_arrived(mailbox, message, self._watching(mailbox))

    def _watching(self, mailbox: Mailbox) -> list[Subscription]:
        users = (mailbox.address.casefold(), mailbox.object_id)
        return [held for held in self.subscriptions.active(self.clock.now()) if held.user.casefold() in users]

    def _meter(self) -> Meter:
        config = self.config
        return Meter(
            config.in_flight_limit,
            config.requests_per_10_minutes,
            config.mail_per_minute,
            time.monotonic,
            recipients_per_day=config.recipients_per_day,
        )
