"""What each recipient is told, word for word: the calendar event's body, and each agency's own messages.

Nothing here takes a name, a birth date, an address of a family, a school or a case number, so nothing here can leak
one; previews on the pages use the same functions. The event's body is the same for every guest and carries no link
of anybody's. Plain words throughout: invited, said yes, said no, no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from service.domain.answers import Answer
from service.domain.bring import to_bring
from service.domain.chasing import ChaseTo
from service.domain.letter import Block, Bullets, Details, Heading, Link, Message, Paragraph, lay_out
from service.domain.london import words
from service.domain.message_parts import (
    MODE_WORDS,
    Door,
    MeetingWords,
    Notice,
    Sender,
    answer_by,
    closing,
    signed,
    sitting_words,
    when_details,
    when_words,
)

__all__ = [
    "EVENT_SUBJECT",
    "MODE_WORDS",
    "SECURE_MARK",
    "Door",
    "MeetingWords",
    "Message",
    "Notice",
    "Sender",
    "address_code",
    "cancel_comment",
    "cancelled",
    "chase",
    "entry_by_mail",
    "entry_off",
    "entry_replaced",
    "event_body",
    "event_subject",
    "invitation",
    "join_now",
    "moved",
    "one_time_code",
    "phone_script",
    "when_words",
    "who_it_is_about",
    "withdrawn",
]

EVENT_SUBJECT = "Professionals' meeting"


def event_subject(reference: str) -> str:
    """The subject of the calendar event: "Professionals' meeting CV-7K3Q-9XHD"."""
    return f"{EVENT_SUBJECT} {reference}"


def event_body(
    reference: str, service_name: str, service_address: str, service_phone: str, mode: str, join_words: str
) -> Message:
    """The body of the one calendar event, the same for every guest."""
    blocks: list[Block] = [
        Paragraph("You are invited to a professionals' meeting. Your agency gets its own message that says why."),
        Details((("Reference", reference), ("How", MODE_WORDS.get(mode, mode)), ("To join", join_words))),
        Paragraph("Please accept or decline, so that we know whether your agency will be there."),
        Paragraph("Do not forward this invitation, and do not write any names in your reply."),
        Details((("From", service_name), ("Address", service_address), ("Phone", service_phone))),
    ]
    return lay_out(event_subject(reference), blocks)


def cancel_comment(reference: str, service_phone: str) -> str:
    """The comment that goes with the cancelled event, the same for every guest."""
    return f"The professionals' meeting {reference} is cancelled. If you have a question, phone {service_phone}."


def invitation(
    meeting: MeetingWords,
    sender: Sender,
    *,
    agency: str,
    group: str,
    reasons: Sequence[str],
    notice: Notice,
    link: str,
    door: Door | None = None,
) -> Message:
    """One agency's own invitation: why it is asked, what to bring, its notice, and its personal link.

    ``agency`` is the role in plain words and ``group`` its agency group, which decides what to bring.
    """
    return lay_out(
        f"{meeting.reference}: you are invited to a professionals' meeting",
        [
            Paragraph(f"Your agency ({agency}) is invited to a professionals' meeting: {meeting.kind}."),
            *_instead(meeting),
            when_details(meeting),
            *sitting_words(meeting),
            Paragraph(notice.sentence()),
            *answer_by(link, "Answer this invitation", door),
            Heading("Why you are invited"),
            Bullets(reasons),
            Heading("What to bring"),
            Bullets(to_bring(group)),
            *closing(meeting.reference, sender),
        ],
    )


def _instead(meeting: MeetingWords) -> list[Block]:
    reference = meeting.instead_of
    if not reference:
        return []
    if meeting.instead_because == "wrong_person_invited":
        said = (
            f"It takes the place of meeting {reference}. The calendar entry of that one and its way to join no longer "
            "work: use the details below, and please answer this one, because an answer to that one does not count."
        )
        return [Paragraph(said)]
    said = (
        f"It takes the place of meeting {reference}, which was cancelled: it is needed after all. An answer to that "
        "one does not count here, so please answer this one."
    )
    return [Paragraph(said)]


def moved(
    meeting: MeetingWords,
    sender: Sender,
    *,
    was: datetime,
    agency: str,
    notice: Notice,
    link: str,
    door: Door | None = None,
    stands: bool = False,
) -> Message:
    """The meeting has changed; ``meeting`` carries what holds now and ``was`` is the start the agency was told.

    ``stands``: it was to be otherwise for a while, and is again as the agency was told first.
    """
    said = f"The professionals' meeting that your agency ({agency}) is invited to"
    if meeting.starts_at != was:
        title, opening, ask = "has moved", f"{said} has a new time.", "the new time"
        changed: list[Block] = [Paragraph(opening), Details((("It was", words(was)),))]
        again = "Answers to the old time no longer count: please answer again."
    elif stands:
        title, opening, ask = "stands", f"{said} stands as you were told first. A change to it was taken back.", "it"
        changed, again = [Paragraph(opening)], "Answers given before that no longer count: please answer again."
    else:
        title, ask = "has changed", "the meeting as it is now"
        opening = f"{said} starts when you know, but how long it takes, how it is held or where has changed."
        changed, again = [Paragraph(opening)], "Answers given before no longer count: please answer again."
    return lay_out(
        f"{meeting.reference}: the professionals' meeting {title}",
        [
            *changed,
            when_details(meeting),
            *sitting_words(meeting),
            Paragraph(again),
            Paragraph(notice.sentence()),
            *answer_by(link, f"Answer for {ask}", door),
            *closing(meeting.reference, sender),
        ],
    )


def entry_replaced(
    meeting: MeetingWords, sender: Sender, *, agency: str, link: str, door: Door | None = None
) -> Message:
    """The time stays, but the calendar entry was lost and another one stands in its place."""
    return lay_out(
        f"{meeting.reference}: a new calendar entry for the professionals' meeting",
        [
            Paragraph(f"The meeting that your agency ({agency}) is invited to takes place at the time you know."),
            Paragraph(
                "Its calendar entry was lost in Outlook, so use the details below; where you have got a new entry, use "
                "that one and delete an older one that still stands in your calendar."
            ),
            when_details(meeting),
            Paragraph("The lost entry took its answers with it: please answer again."),
            *answer_by(link, "Answer this invitation", door),
            *closing(meeting.reference, sender),
        ],
    )


def entry_by_mail(
    meeting: MeetingWords, sender: Sender, *, agency: str, link: str, door: Door | None = None
) -> Message:
    """An agency that has been asked gets its calendar entry by mail from now on; nothing else is different."""
    return lay_out(
        f"{meeting.reference}: the calendar entry of the professionals' meeting",
        [
            Paragraph(f"The meeting that your agency ({agency}) is invited to is as you know it."),
            Paragraph(
                "This message brings its calendar entry, because your inbox gets such entries by mail from now on. The "
                "one you had before is withdrawn. What you have answered stands."
            ),
            when_details(meeting),
            *answer_by(link, "Answer this invitation", door),
            *closing(meeting.reference, sender),
        ],
    )


def cancelled(meeting: MeetingWords, sender: Sender, *, agency: str) -> Message:
    """The meeting will not take place. The reason is not given: it may say something of the family."""
    return lay_out(
        f"{meeting.reference}: the professionals' meeting is cancelled",
        [
            Paragraph(f"The professionals' meeting that your agency ({agency}) was invited to will not take place."),
            Details((("It was", when_words(meeting.starts_at, meeting.ends_at)), ("Reference", meeting.reference))),
            Paragraph("You do not need to do anything. The calendar entry is withdrawn."),
            Paragraph("If you still have a worry about a child, tell us in the usual way."),
            signed(sender),
        ],
    )


def withdrawn(meeting: MeetingWords, sender: Sender, *, agency: str) -> Message:
    """The agency is no longer asked to come, though the meeting takes place."""
    return lay_out(
        f"{meeting.reference}: your agency is no longer asked to come",
        [
            Paragraph(f"Your agency ({agency}) is no longer asked to come to the professionals' meeting below."),
            Details((("When", when_words(meeting.starts_at, meeting.ends_at)), ("Reference", meeting.reference))),
            Paragraph("You do not need to do anything. The calendar entry is withdrawn."),
            signed(sender),
        ],
    )


def entry_off(reference: str, sender: Sender) -> Message:
    """A calendar entry is taken away from an inbox that is asked by another way now, or not any more."""
    return lay_out(
        event_subject(reference),
        [
            Paragraph(f"This takes the entry of professionals' meeting {reference} out of your calendar."),
            Paragraph("If your agency is still asked to come, it hears so by another message."),
            Paragraph("You do not need to do anything."),
            signed(sender),
        ],
    )


def join_now(meeting: MeetingWords, sender: Sender, *, agency: str, group: str) -> Message:
    """How to join a meeting that is under way, for an agency that has just been phoned. It asks for no answer."""
    return lay_out(
        f"{meeting.reference}: how to join the professionals' meeting now",
        [
            Paragraph(
                f"Your agency ({agency}) was phoned a moment ago and is asked to join a professionals' meeting that is "
                "under way."
            ),
            when_details(meeting),
            Paragraph("Join now. If it is online you wait until the chair lets you in."),
            Heading("What to have at hand"),
            Bullets(to_bring(group)),
            Paragraph("This message is for whoever was phoned: do not forward it."),
            Paragraph(f"If nobody at your agency was phoned, do not join, and phone {sender.phone}."),
            signed(sender),
        ],
    )


def one_time_code(reference: str, sender: Sender, *, agency: str, code: str, minutes: int) -> Message:
    """The code somebody at the agency asked for. ``minutes``: how long it works."""
    return lay_out(
        f"{reference}: your one-time code",
        [
            Paragraph(f"Somebody at your agency ({agency}) asked to see who the meeting {reference} is about."),
            Details((("One-time code", code),)),
            Paragraph(f"Type it on the page that asked for it. It works once, within {minutes} minutes."),
            Paragraph(
                f"If nobody at your agency asked for it, do not give it to anybody and phone {sender.phone}. "
                "We never ask for a code by phone or by e-mail."
            ),
            signed(sender),
        ],
    )


SECURE_MARK = "[secure]"
"""What the council's mail flow encrypts upon: a subject that begins so."""


def who_it_is_about(reference: str, sender: Sender, *, agency: str, lines: Sequence[str]) -> Message:
    """Who a meeting is about, as one agency may know it. The subject says nothing of it."""
    return lay_out(
        f"{SECURE_MARK} {reference}: who the meeting is about",
        [
            Paragraph(f"For your agency ({agency}) alone. It tells only whom your agency needs to know of."),
            Bullets(lines),
            Paragraph("Do not forward it, and write nothing of it in a reply. Keep it as your case records are kept."),
            signed(sender),
        ],
    )


def address_code(sender: Sender, *, agency: str, inbox: str, code: str, days: int, link: str) -> Message:
    """The code that confirms a new address of the directory. ``days``: how long it works."""
    return lay_out(
        "Please confirm this e-mail address",
        [
            Paragraph(
                f"{sender.name} has been given this address for {inbox} ({agency}). Invitations to strategy meetings "
                "and other urgent meetings about children would be sent here."
            ),
            Paragraph("Nothing is sent here until somebody who reads this inbox has confirmed it."),
            Details((("Code", code),)),
            Link("Confirm the address with this code", link),
            Paragraph(
                f"The code works for {days} days. If you cannot open links, wait to be phoned: we call the number that "
                "we already had for you, and ask for the code."
            ),
            Paragraph(
                f"If this inbox is not for {agency}, do not confirm it, and phone {sender.phone} so that nothing goes "
                "to the wrong people."
            ),
            signed(sender),
        ],
    )


_CHASE_OPENINGS: Mapping[ChaseTo, str] = MappingProxyType(
    {
        ChaseTo.INBOX: "We have no answer yet from your agency ({agency}) about the meeting below.",
        ChaseTo.DUTY_DESK: "The usual inbox of your agency ({agency}) has not answered about the meeting below. "
        "Please answer for it, or find the person who can.",
        ChaseTo.MANAGER: "Your agency ({agency}) has not answered about the meeting below, and neither has its duty "
        "desk. As its manager, please make sure that someone comes or that written information is sent.",
    }
)

# Behind an answer that leaves the place open. A desk and a manager may share an address: each mail says something new.
_CHASE_ASKS: Mapping[ChaseTo, str] = MappingProxyType(
    {
        ChaseTo.INBOX: "",
        ChaseTo.DUTY_DESK: " Its usual inbox has not settled it: please answer for it, or find the person who can.",
        ChaseTo.MANAGER: " Nor has its duty desk settled it. As its manager, please make sure that someone comes or "
        "that written information is sent.",
    }
)


def chase(
    to: ChaseTo,
    meeting: MeetingWords,
    sender: Sender,
    *,
    agency: str,
    link: str,
    said: Answer | None = None,
    door: Door | None = None,
) -> Message:
    """One chase. ``said`` is an answer that leaves the place open ("maybe", "another time"), if there was one.

    Raises:
        ValueError: a phone step, which sends no message; ``phone_script`` says what the officer may say.
    """
    if to not in _CHASE_OPENINGS:
        raise ValueError(f"a chase to {to} sends no message")
    open_answer = _open_answer(said, agency)
    return lay_out(
        f"{meeting.reference}: please answer about a professionals' meeting",
        [
            Paragraph(open_answer + _CHASE_ASKS[to] if open_answer else _CHASE_OPENINGS[to].format(agency=agency)),
            when_details(meeting),
            *answer_by(link, "Answer now", door),
            *closing(meeting.reference, sender),
        ],
    )


def _open_answer(said: Answer | None, agency: str) -> str:
    match said:
        case Answer.MAYBE:
            return f"Your agency ({agency}) said maybe about the meeting below. Please tell us yes or no."
        case Answer.ANOTHER_TIME:
            return (
                f"Your agency ({agency}) asked for another time. The meeting below stands as it is for now. "
                "Please tell us whether someone can come."
            )
        case _:
            return ""


def phone_script(meeting: MeetingWords, *, agency: str, phone: str) -> Message:
    """What is put on the officer's list for a phone step: whom to ring, and words that say nothing of the family."""
    return lay_out(
        f"{meeting.reference}: phone {agency}",
        [
            Details((("Phone", phone), ("Ask for", agency))),
            when_details(meeting),
            Paragraph(
                f"Say: I am ringing about professionals' meeting {meeting.reference}. We have no answer from you yet. "
                "Will someone come, or can you send written information?"
            ),
            Paragraph("Say nothing of the child until you have rung back on the number in the directory."),
        ],
    )
