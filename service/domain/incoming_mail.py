"""What a mail that came in is: an answer of a calendar, words to read, an automatic reply, or a mail that came back.

Pure. Anybody may send anything to the organiser's mailbox, so everything is counted before it is read, only bytes are
taken, and what is too large, too deep or too long is refused with a sentence that repeats nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum
from html import unescape

from service.domain.vouched import is_vouched_for

LARGEST = 5 * 1024 * 1024
"""The largest mail that is read, in bytes; ours, no standard says one. A person reads a larger one in Outlook."""
MOST_PARTS = 60
_LONGEST_HEADER = 2_000
_LONGEST_THREAD = 8_000
_LONGEST_WORDS = 20_000
_LONGEST_MARKUP = 200_000
_MESSAGE_ID = re.compile(r"<([^<>\s@]{1,200})@[^<>\s@]{1,200}>")
_AUTOMATIC_SUBJECT = ("automatic reply:", "auto:", "out of office:", "autoreply:")
# Words of somebody who is away. "Out of office hours" is when a desk is closed each evening, and nobody's absence.
_AWAY = re.compile(
    r"\bout[ -]of[ -](?:the |my )?office(?![ -]hours)"
    r"|\baway (?:from|until|till|on|for|at)\b|\b(?:am|is|are|be) (?:currently |now )?away\b"
    r"|\bannual leave\b|\bon leave\b|\b(?:maternity|paternity|parental|sick|study) leave\b|\bvacation\b|\bon holiday\b"
    r"|\bnot (?:currently )?(?:in|at) (?:the |my )?(?:office|work|desk|school)\b|\bnot working (?:on|today|until)\b"
    r"|\bno longer (?:work|at|with|in)|\b(?:has|have) left\b|\bretired\b"
    r"|\bback (?:in|at|on) |\breturn(?:ing)? (?:on |to (?:the |my )?(?:office|work|school))|\bmy return\b"
    r"|\bclosed (?:for|until|from)\b|\bschool holidays?\b|\bhalf[ -]term\b",
    re.IGNORECASE,
)
# Words of a desk that answers every mail by saying that it came.
_ACKNOWLEDGES = re.compile(
    r"\breceived your\b|\b(?:had|got|have) your\b|\bthank(?:s| you) for (?:your|getting|contacting|e-?mailing)\b"
    r"|\byour (?:e-?mail|mail|message|enquiry|referral|request) (?:has been|was|is|will be)\b"
    r"|\backnowledg|\b(?:aim|try|endeavour) to (?:respond|reply|answer)\b"
    r"|\b(?:respond|reply|answer|back to you) within\b",
    re.IGNORECASE,
)
_DAEMONS = frozenset({"mailer-daemon", "postmaster"})


class MailKind(StrEnum):
    """What sort of mail it is (RFC 3834 for automatic ones, RFC 3464 for those that came back). ``AUTOMATIC`` says that
    somebody is away; ``ACKNOWLEDGEMENT`` no more than that a mail came in, as many duty desks say of every mail."""

    ORDINARY = "ordinary"
    AUTOMATIC = "automatic"
    ACKNOWLEDGEMENT = "acknowledgement"
    BOUNCE = "bounce"


class UnreadableMailError(ValueError):
    """A mail that is not read any further. Its text is a sentence for a person, and repeats nothing of the mail."""


@dataclass(frozen=True, slots=True, repr=False)
class Incoming:
    """One mail, read. ``sender`` and ``failed`` are addresses in lower case; ``thread`` holds the local parts of the
    Message-IDs it answers or brings back; ``calendar`` the bytes of its first calendar part; ``words`` plain text, at
    most 20,000 characters. ``vouched``: Exchange vouches for the sender (``domain.vouched``)."""

    kind: MailKind
    sender: str
    subject: str
    words: str
    thread: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    calendar: bytes | None = None
    vouched: bool = False


def read_incoming(raw: bytes) -> Incoming:
    """Read one mail.

    Raises:
        UnreadableMailError: too large, too deep, too many parts, or no mail at all.
    """
    if len(raw) > LARGEST:
        raise UnreadableMailError("The mail is larger than 5 MB.")
    # Each level of nesting makes every line dearer to read, so levels are counted before anything is read.
    if len(re.findall(rb"(?i)boundary\s*\*?=", raw)) > MOST_PARTS or raw.count(b"message/rfc822") > MOST_PARTS:
        raise UnreadableMailError("The mail has more parts than any mail needs.")
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        parts = list(_parts(mail))
        return _read(mail, parts)
    except UnreadableMailError:
        raise
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError) as error:
        raise UnreadableMailError("The mail cannot be read.") from error


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= MOST_PARTS:
            raise UnreadableMailError("The mail has more parts than any mail needs.")
        yield part


def _read(mail: Message, parts: list[Message]) -> Incoming:
    sender = _address(_header(mail, "From"))
    reported = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    words = _words(parts)
    kind = _kind(mail, sender, reported, words)
    thread = _thread(mail)
    if kind is MailKind.BOUNCE:
        # What came back carries the Message-ID of what was sent.
        returned = (part for part in parts[1:] if part.get("Message-ID"))
        thread += tuple(found for part in returned for found in _ids(_header(part, "Message-ID")))
        thread += tuple(key.strip().casefold() for part in parts[1:] if (key := _header(part, "x-convene-key", 100)))
        thread += tuple(found for part in parts if part.get_content_type() == "text/rfc822-headers"
                        for found in _ids(_text(part)))  # fmt: skip
    return Incoming(
        kind=kind,
        sender=sender,
        subject=" ".join(_header(mail, "Subject").split()),
        words=words,
        thread=tuple(dict.fromkeys(thread)),
        failed=_failed(reported) if kind is MailKind.BOUNCE else (),
        vouched=is_vouched_for(mail, sender),
        calendar=next(filter(None, (_payload(part) for part in parts if _is_calendar(part))), None),
    )


def _kind(mail: Message, sender: str, reported: list[Message], words: str) -> MailKind:
    if reported:
        # A delivery that is only late is words to read: it may still arrive.
        return MailKind.BOUNCE if _failed(reported) else MailKind.ORDINARY
    if sender.partition("@")[0] in _DAEMONS:
        return MailKind.BOUNCE
    submitted = _header(mail, "Auto-Submitted").strip().casefold()
    said = submitted.startswith("auto-") or mail.get("X-Autoreply") is not None or mail.get("X-Autorespond") is not None
    subject = _header(mail, "Subject").strip().casefold()
    titled = subject.startswith(_AUTOMATIC_SUBJECT)
    if not said and not titled:
        return MailKind.ORDINARY
    text = f"{submitted} {subject} {words}"
    # Exchange titles both alike: a desk acknowledges its mail by the same automatic reply as somebody on leave.
    away = _AWAY.search(text) is not None or (titled and _ACKNOWLEDGES.search(text) is None)
    return MailKind.AUTOMATIC if away else MailKind.ACKNOWLEDGEMENT


def _failed(reported: list[Message]) -> tuple[str, ...]:
    about = [each for part in reported for each in _reports(part)]
    failed = [each for each in about if str(each.get("Action", "")).strip().casefold() == "failed"]
    addresses = [str(each.get("Final-Recipient", ""))[:_LONGEST_HEADER].rpartition(";")[2] for each in failed]
    return tuple(dict.fromkeys(address.strip().casefold() for address in addresses if address.strip()))


def _reports(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [each for each in inner if isinstance(each, Message)] if isinstance(inner, list) else []


def _is_calendar(part: Message) -> bool:
    return part.get_content_type() == "text/calendar"


def _thread(mail: Message) -> tuple[str, ...]:
    return tuple(_ids(_header(mail, "In-Reply-To")) + _ids(_header(mail, "References", _LONGEST_THREAD)))


def _ids(text: str) -> list[str]:
    return [found.casefold() for found in _MESSAGE_ID.findall(text)]


def _header(mail: Message, name: str, longest: int = _LONGEST_HEADER) -> str:
    written = str(mail.get(name, ""))[:longest]
    try:
        read = str(make_header(decode_header(written)))
    except (ValueError, LookupError):
        read = written
    return "".join(char if char.isprintable() else " " for char in read)


def _address(header: str) -> str:
    return parseaddr(header)[1].casefold()


def _words(parts: list[Message]) -> str:
    plain = next((part for part in parts if part.get_content_type() == "text/plain" and not part.get_filename()), None)
    if plain is not None and (text := _text(plain).strip()):
        return text[:_LONGEST_WORDS]
    marked = next((part for part in parts if part.get_content_type() == "text/html" and not part.get_filename()), None)
    if marked is None:
        return ""
    without = re.sub(r"<[^<>]{0,500}>", " ", _text(marked)[:_LONGEST_MARKUP])
    return " ".join(unescape(without).split())[:_LONGEST_WORDS]


def _text(part: Message) -> str:
    content = _payload(part) or b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), errors="replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", errors="replace")
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text.replace("\r\n", "\n"))


def _payload(part: Message) -> bytes | None:
    content = None if part.is_multipart() else part.get_payload(decode=True)
    return content if isinstance(content, bytes) else None
