"""What an organiser does to an event, and who hears of it."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from service.sandbox.bodies import stored_html
from service.sandbox.errors import duplicate_transaction, invalid_value
from service.sandbox.event_fields import DEFAULTS, check_span, fingerprint, read_event_change, read_new_event
from service.sandbox.events import Attendee, Event
from service.sandbox.fields import extended_values
from service.sandbox.ids import ItemId, event_uid
from service.sandbox.inboxes import EventRef, Kind, Letter
from service.sandbox.mailboxes import Mailbox
from service.sandbox.state import Sandbox
from service.sandbox.zones import Moment, zone

# A change to any of these is worth a mail to every guest; a change to anything else is the organiser's own affair.
_TOLD_TO_ALL = frozenset({
    "subject", "body", "start", "end", "location", "locations", "isAllDay", "isOnlineMeeting", "onlineMeetingProvider",
    "sensitivity", "responseRequested", "allowNewTimeProposals",
})  # fmt: skip
_HELD_APART = frozenset({"start", "end", "body", "attendees", "transactionId", "singleValueExtendedProperties"})
_JOIN = "<div><a href='{url}'>Join the Microsoft Teams Meeting (pretend)</a></div>"


def create_event(sandbox: Sandbox, mailbox: Mailbox, body: dict[str, Any], *, immutable: bool) -> Event:
    """Put an event into the calendar and invite its guests; the same transactionId and content only once.

    Raises:
        GraphError: 400, a body Graph would refuse; 409, the transactionId made a different event.
    """
    values = read_new_event(body)
    content = fingerprint(body)
    transaction = values.get("transactionId")
    existing = mailbox.calendar.by_transaction(transaction) if transaction is not None else None
    if existing is not None:
        if existing.fingerprint != content:
            raise duplicate_transaction(existing.ids.shown(immutable=immutable))
        return existing
    _check_all_day(values.get("isAllDay", False), values["start"], values["end"])
    if values.get("attendees"):
        mailbox.meter.mail(len(values["attendees"]))
    event = _new_event(sandbox, mailbox, values, content)
    mailbox.calendar.add(event)
    for guest in event.attendees:
        _tell(sandbox, mailbox, event, guest, Kind.INVITE)
    sandbox.publish("created", mailbox, event)
    return event


def _new_event(sandbox: Sandbox, mailbox: Mailbox, values: dict[str, Any], content: str) -> Event:
    now = sandbox.clock.now()
    plain = {**DEFAULTS, **{name: value for name, value in values.items() if name not in _HELD_APART}}
    plain.pop("body")
    plain.setdefault("locations", [plain["location"]] if plain["location"].get("displayName") else [])
    event = Event(
        ids=ItemId.new(),
        uid=event_uid(),
        transaction_id=values.get("transactionId"),
        fingerprint=content,
        start=values["start"],
        end=values["end"],
        body_html=stored_html(values.get("body", DEFAULTS["body"])),
        values=plain,
        attendees=values.get("attendees", []),
        extended=extended_values(values.get("singleValueExtendedProperties", [])),
        created=now,
        modified=now,
    )
    _set_online(sandbox, mailbox, event, wanted=plain["isOnlineMeeting"])
    return event


def _set_online(sandbox: Sandbox, mailbox: Mailbox, event: Event, *, wanted: bool) -> None:
    # A mailbox without Teams still answers 201, only without a meeting to join.
    if not (wanted and sandbox.config.teams):
        event.join_url = None
        event.values["isOnlineMeeting"], event.values["onlineMeetingProvider"] = False, "unknown"
        return
    # Teams writes the tenant's and the organiser's directory ids into its links.
    context = quote(json.dumps({"Tid": sandbox.config.tenant_id, "Oid": mailbox.object_id}, separators=(",", ":")))
    thread = f"19%3ameeting_{event.uid[-32:].lower()}%40thread.v2"
    event.join_url = f"https://teams.example/l/meetup-join/{thread}/0?context={context}"
    event.values["isOnlineMeeting"], event.values["onlineMeetingProvider"] = True, "teamsForBusiness"
    event.body_html = event.body_html.replace("</body>", _JOIN.format(url=event.join_url) + "\r\n</body>")


def patch_event(sandbox: Sandbox, mailbox: Mailbox, event: Event, body: dict[str, Any]) -> None:
    """Change an event; guests hear of it as Exchange would tell them.

    Only the guest list: mail to the guests it changes. A time, a place, words: mail to all, even when the new value
    equals the old, because Exchange does not compare. A new time or place also forgets every answer.

    Raises:
        GraphError: 400, a body Graph would refuse.
    """
    values = read_event_change(body)
    start, end = values.get("start", event.start), values.get("end", event.end)
    check_span(start.instant, end.instant)
    _check_all_day(values.get("isAllDay", event.values["isAllDay"]), start, end)
    _check_online(event, values)
    before = {guest.address.casefold(): guest for guest in event.attendees}
    after: list[Attendee] = values.get("attendees", event.attendees)
    letters = _letters(before, after, all_hear=bool(_TOLD_TO_ALL & set(values)))
    if letters:
        mailbox.meter.mail(len(letters))
    moved = (start.instant, end.instant) != (event.start.instant, event.end.instant) or (
        "location" in values and values["location"] != event.values["location"]
    )
    _apply(sandbox, mailbox, event, values, (start, end))
    if "attendees" in values:
        event.attendees = [_keeping_answer(guest, before.get(guest.address.casefold())) for guest in after]
    if moved and not sandbox.config.keep_answers:
        for guest in event.attendees:
            guest.reset()
    if values.get("isOnlineMeeting") and event.join_url is None:
        _set_online(sandbox, mailbox, event, wanted=True)
    event.sequence += int(bool(_TOLD_TO_ALL & set(values)))
    mailbox.calendar.touch(event, sandbox.clock.now())
    for guest, kind in letters:
        _tell(sandbox, mailbox, event, guest, kind)
    sandbox.publish("updated", mailbox, event)


def _letters(before: dict[str, Attendee], after: list[Attendee], *, all_hear: bool) -> list[tuple[Attendee, Kind]]:
    letters: list[tuple[Attendee, Kind]] = []
    for guest in after:
        held = before.get(guest.address.casefold())
        if held is None:
            letters.append((guest, Kind.INVITE))
        elif all_hear or not held.same_invitation(guest):
            letters.append((guest, Kind.UPDATE))
    staying = {guest.address.casefold() for guest in after}
    letters.extend((guest, Kind.CANCEL) for key, guest in before.items() if key not in staying)
    return letters


def _keeping_answer(guest: Attendee, held: Attendee | None) -> Attendee:
    if held is not None:
        guest.response, guest.responded_at, guest.proposed = held.response, held.responded_at, held.proposed
    return guest


def _apply(
    sandbox: Sandbox, mailbox: Mailbox, event: Event, values: dict[str, Any], times: tuple[Moment, Moment]
) -> None:
    event.start, event.end = times
    event.values.update({name: value for name, value in values.items() if name not in _HELD_APART})
    if "location" in values and "locations" not in values:
        event.values["locations"] = [values["location"]] if values["location"].get("displayName") else []
    event.extended.update(extended_values(values.get("singleValueExtendedProperties", [])))
    if "body" in values:
        event.body_html = stored_html(values["body"])
        if event.join_url is not None and event.join_url not in event.body_html:
            # Documented trap: a new body without the join details switches the online meeting off.
            _set_online(sandbox, mailbox, event, wanted=False)


def _check_online(event: Event, values: dict[str, Any]) -> None:
    if not event.values["isOnlineMeeting"]:
        return
    if values.get("isOnlineMeeting") is False:
        raise invalid_value("isOnlineMeeting", "it cannot be turned off once it is on")
    provider = values.get("onlineMeetingProvider", event.values["onlineMeetingProvider"])
    if provider != event.values["onlineMeetingProvider"]:
        raise invalid_value("onlineMeetingProvider", "it cannot be changed once it is set")


def _check_all_day(all_day: Any, start: Moment, end: Moment) -> None:
    if all_day and any(_wall(moment).strftime("%H:%M:%S.%f") != "00:00:00.000000" for moment in (start, end)):
        raise invalid_value("isAllDay", "an event that lasts all day starts and ends at midnight")


def _wall(moment: Moment) -> datetime:
    return moment.instant.astimezone(zone(moment.zone))


def withdraw_event(sandbox: Sandbox, mailbox: Mailbox, event: Event, comment: str = "") -> None:
    """Cancel an event: tell every guest, and move it to Deleted Items.

    Raises:
        GraphError: 429, over the mails per minute.
    """
    if event.attendees:
        mailbox.meter.mail(len(event.attendees))
    mailbox.calendar.remove(event, sandbox.clock.now())
    for guest in event.attendees:
        _tell(sandbox, mailbox, event, guest, Kind.CANCEL, comment)
    sandbox.publish("deleted", mailbox, event)


def forward_event(sandbox: Sandbox, mailbox: Mailbox, event: Event, sender: str, to: str) -> None:
    """A guest forwards the invitation: somebody the organiser never named appears on the guest list."""
    if event.attendee(to) is None:
        event.attendees.append(Attendee(to, to, "optional"))
        mailbox.calendar.touch(event, sandbox.clock.now())
        sandbox.publish("updated", mailbox, event)
    guest = Attendee(to, to)
    _tell(sandbox, mailbox, event, guest, Kind.INVITE, f"Forwarded by {sender}.")


def when_and_where(event: Event) -> str:
    """Return the line that says when and where, in the organiser's own zone."""
    start, end = _wall(event.start), _wall(event.end)
    closing = end.strftime("%H:%M") if start.date() == end.date() else end.strftime("%A %-d %B %Y, %H:%M")
    place = event.values["location"].get("displayName") or ("Microsoft Teams (pretend)" if event.join_url else "")
    times = f"{start.strftime('%A %-d %B %Y, %H:%M')} to {closing} ({event.start.zone})"
    return f"{times}. {place}".rstrip(". ") + "."


def _tell(sandbox: Sandbox, mailbox: Mailbox, event: Event, guest: Attendee, kind: Kind, comment: str = "") -> None:
    prefix = {Kind.UPDATE: "Updated: ", Kind.CANCEL: "Cancelled: "}.get(kind, "")
    letter = Letter(
        kind=kind,
        subject=prefix + event.values["subject"],
        html=event.body_html,
        sender=mailbox.address,
        event=EventRef(mailbox.address, event.ids.immutable, event.uid),
        note=" ".join(part for part in (when_and_where(event), comment) if part),
    )
    sandbox.post.deliver(guest.address, letter, sandbox.clock.now())
