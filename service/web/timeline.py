"""The timeline of a meeting in plain words, from its audit events. An event nobody wrote words for still shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.answers import WORDS, Answer
from service.domain.attendance import OUTCOME_WORDS, Outcome
from service.domain.calls import CALL_WORDS, CallOutcome
from service.domain.chasing import WHY, Silence
from service.domain.london import words
from service.web.wording import CANCEL_WORDS, STOOD_DOWN_WORDS, actor_words, opened, source_words, task_words

TITLES: Mapping[str, str] = {
    "intake:request:received": "The request came in",
    "intake:request:replayed": "The same request came again",
    "intake:request:refused": "A request was refused",
    "intake:request:amended": "The facts were changed",
    "intake:held_item:kept": "A delivery was kept for a person",
    "intake:held_item:closed": "A kept delivery was dealt with",
    "planning:meeting:planned": "The meeting was planned",
    "planning:meeting:confirmed": "The meeting was given its time",
    "planning:meeting:moved": "The meeting was moved",
    "attendance:quorum:waived": "Somebody said why it goes on without everyone",
    "planning:short_notice:explained": "Somebody said why notice is short",
    "planning:follow_up:planned": "The meeting that follows was planned",
    "planning:meeting:replanned": "Who must come was worked out again",
    "planning:meeting:stood_down": "The conference was stood down for want of a quorum",
    "planning:meeting:called_again": "The meeting was called again, as a new one",
    "planning:meeting:cancelled": "The meeting was cancelled",
    "planning:meeting:adjourned": "The meeting was adjourned and sits again",
    "planning:day:put_off": "The meeting could not be held on the day",
    "identity:secure_mail:allowed": "Secure mail was allowed for an agency",
    "identity:secure_mail:ended": "Secure mail is no longer allowed for an agency",
    "identity:secure_mail:asked": "Who it is about is to be sent by secure mail",
    "identity:protection:opened": "What protects the child meanwhile was opened",
    "planning:meeting:held": "The meeting was held",
    "planning:chair:changed": "Somebody else chairs the meeting",
    "directory:chair:gone_away": "A chair is away",
    "directory:rota:changed": "The rota of chairs was changed",
    "directory:rota:imported": "The rota of chairs was imported",
    "planning:night:handed_over": "The night was handed over",
    "planning:desk:overbooked": "A desk was asked for more than it can sit in",
    "planning:slot:held": "A time was held for a while",
    "planning:slot:released": "A time that was held was let go",
    "planning:requirement:added": "An agency was added",
    "planning:requirement:changed": "Why an agency is asked has changed",
    "planning:requirement:bound": "An inbox was found for an agency",
    "planning:requirement:withdrawn": "An agency is no longer asked",
    "planning:safe_route:named": "A person and their own route were named for an agency",
    "outlook:event:created": "The calendar event was made in Outlook",
    "outlook:event:changed": "The calendar event was changed in Outlook",
    "outlook:event:cancelled": "The calendar event was cancelled in Outlook",
    "outlook:invitation:wanted": "An invitation is on its way",
    "outlook:invitation:sent": "Invited",
    "outlook:invitation:failed": "An invitation could not be sent",
    "outlook:invitation:moved": "An agency is asked by another channel now",
    "outlook:invitation:withdrawn": "An invitation was taken back",
    "outlook:message:sent": "A message was sent",
    "outlook:message:not_sent": "A message was not sent",
    "outlook:outbox_row:exhausted": "Outlook would not take something: a person must look",
    "outlook:outbox_row:retried": "Something was tried again",
    "outlook:drift:found": "Somebody changed the event in Outlook",
    "outlook:drift:adopted": "A change made in Outlook was taken over",
    "outlook:drift:restored": "A change made in Outlook is put back",
    "outlook:drift:cleared": "A change made in Outlook stands no more",
    "outlook:mailbox:added": "A mailbox was added",
    "outlook:mailbox:stopped": "A mailbox was stopped",
    "outlook:mailbox:resumed": "A mailbox works again",
    "replies:answer:recorded": "Answered",
    "replies:answer:unmatched": "An answer came from an address that was not invited",
    "replies:answer:outdated": "An answer to an earlier time",
    "replies:mail:kept": "A mail about the meeting came in",
    "replies:mail:settled": "A mail was read and its meaning recorded",
    "identity:mail:opened": "A mail was read",
    "replies:answer:refused": "An answer was not taken down",
    "calling:call:made": "Phoned",
    "identity:calls:opened": "Whom the calls reached was opened",
    "chasing:chase:planned": "A chase was planned",
    "chasing:chase:sent": "Chased",
    "chasing:chase:not_sent": "A chase was not sent",
    "chasing:chase:put_off": "A chase waits until the agency opens",
    "attendance:report:received": "Written information came in",
    "outcome:meeting:recorded": "The outcome was recorded",
    "outcome:action:agreed": "An action was agreed",
    "outcome:action:closed": "An action was closed",
    "attendance:row:proposed": "Attendance was proposed",
    "attendance:row:recorded": "Attendance was recorded",
    "attendance:row:corrected": "Attendance was corrected",
    "attendance:row:confirmed": "The chair confirmed the attendance",
    "decisions:decision:agreed": "The chair agreed a decision",
    "decisions:minutes:agreed": "The chair agreed minutes",
    "decisions:minutes:issued": "The minutes were issued",
    "medical:decision:recorded": "Somebody decided whether a medical is needed",
    "medical:appointment:booked": "The medical was given its time",
    "medical:attendance:recorded": "Who came to the medical was recorded",
    "family:parent:arranged": "How a parent is told was arranged",
    "family:parent:stopped": "A parent must not be contacted",
    "family:sharing:chosen": "The chair chose how the parents come",
    "family:message:sent": "A parent was told",
    "outcome:police_reference:recorded": "The police's reference was kept",
    "decisions:disagreement:raised": "A disagreement was written down",
    "decisions:disagreement:escalated": "A disagreement was taken further",
    "decisions:disagreement:settled": "A disagreement was settled",
    "tasks:task:opened": "A task was opened",
    "tasks:task:closed": "A task was done",
    "tasks:task:dropped": "A task is no longer needed",
    "directory:partnership:added": "The partnership was set up",
    "directory:partnership:changed": "The partnership's details were changed",
    "directory:calendars:listed": "Calendars of the tenant were listed",
    "directory:desk:described": "A desk was described",
    "directory:inbox:added": "An inbox was added",
    "directory:inbox:changed": "An inbox was changed",
    "directory:inbox:retired": "An inbox was retired",
    "directory:file:imported": "A long file of inboxes was imported",
    "directory:address:proposed": "A new address was given, to be confirmed first",
    "directory:address:verified": "A new address was confirmed",
    "directory:address:refused": "A wrong code was typed for a new address",
    "directory:address:dropped": "A new address was dropped",
    "directory:address_code:sent": "The code for a new address was sent",
    "directory:address_code:failed": "The code for a new address could not be sent",
    "policy:draft:tried": "A changed policy was put to past requests",
    "policy:draft:made": "A policy was drafted",
    "policy:draft:dropped": "A policy draft was dropped",
    "policy:version:published": "A policy was published",
    "identity:code:asked": "An agency asked for a one-time code",
    "identity:code:used": "An agency proved itself by a code",
    "identity:code:refused": "A wrong one-time code was typed",
    "identity:desk_session:begun": "An agency opened a desk session",
    "identity:desk_session:ended": "A desk session was ended",
    "identity:request:opened": "Identities were opened",
    "identity:location:recorded": "Whether an agency knows where the family is was recorded",
    "identity:case:restricted": "The case was restricted to named people",
    "identity:case:opened_up": "The case is restricted no more",
    "identity:reader:kept_out": "Somebody of ours was kept out of the case",
    "identity:reader:let_in": "Somebody of ours is kept out no more",
    "identity:glass:broken": "Somebody broke the glass of this case",
    "identity:request:refused": "Identities were asked for and not opened",
    "identity:request:compared": "A name was compared with those of the case",
    "identity:request:erased": "Identities were erased",
    "identity:route:opened": "A parent's route was opened",
    "identity:held_item:opened": "A kept delivery was opened",
    "identity:decision:opened": "Decisions were opened",
    "identity:police_reference:opened": "The police's reference was read",
    "identity:disagreement:opened": "The words of a disagreement were opened",
    "identity:minutes:opened": "Minutes were opened",
    "evidence:dip_sample:kept": "A dip sample was kept",
    "evidence:dip_verdict:recorded": "A reviewer's verdict was recorded",
    "evidence:bundle:exported": "The evidence bundle was exported",
    "staff:person:signed_in": "Somebody signed in",
    "staff:person:turned_away": "Somebody whose access is stopped tried to sign in",
    "staff:person:signed_out": "Somebody signed out",
    "staff:person:stopped": "Somebody's access was stopped",
    "staff:person:admitted": "Somebody may sign in again",
}

_CHASED: Mapping[str, str] = {
    "inbox": "a reminder to the inbox",
    "duty_desk": "a reminder to the duty desk",
    "manager": "a message to the manager",
    "phone": "put on the officer's list to phone",
}


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One event as the page shows it."""

    title: str
    detail: str
    when: str
    actor: str


def item(
    action: str,
    data: Mapping[str, Any],
    at: datetime,
    actor: str,
    roles: Mapping[str, str],
    people: Mapping[str, str] | None = None,
) -> TimelineItem:
    """One event in words. ``roles`` has the words of each agency by its requirement's id, ``people`` names by actor."""
    agency = roles.get(str(data.get("requirement", "")), "")
    title = TITLES.get(action) or opened(action.replace(":", " ")).capitalize()
    said = _detail(data)
    detail = f"{agency}: {said}" if agency and said else agency or said
    return TimelineItem(
        title, detail[:1].upper() + detail[1:], words(at), (people or {}).get(actor) or actor_words(actor)
    )


def _known(kind: type[Any], table: Mapping[Any, str], value: object) -> str:
    try:
        return table[kind(value)]
    except (KeyError, ValueError):
        return opened(str(value))


def _because(value: str) -> str:
    return CANCEL_WORDS.get(value) or STOOD_DOWN_WORDS.get(value) or _known(Silence, WHY, value)


def _attendance(data: Mapping[str, Any]) -> Iterator[str]:
    if data.get("outcome"):
        yield _known(Outcome, OUTCOME_WORDS, data["outcome"])
    if int(data.get("sitting") or 1) > 1:
        yield f"sitting {data['sitting']}"
    was = data.get("was")
    if was and was != data.get("outcome"):
        yield f"before: {_known(Outcome, OUTCOME_WORDS, was)}"


def _said(data: Mapping[str, Any]) -> Iterator[str]:
    if data.get("answer"):
        yield _known(Answer, WORDS, data["answer"])
    if data.get("call"):
        yield _known(CallOutcome, CALL_WORDS, data["call"])
    if data.get("not_held"):
        yield f"because: {opened(str(data['not_held']))}"


def _detail(data: Mapping[str, Any]) -> str:
    """What the event's data say, in the order a reader wants it."""
    said = list(_said(data))
    if data.get("counted") is False:
        said.append("to an earlier time")
    said += _attendance(data)
    if data.get("starts_at"):
        said.append(words(datetime.fromisoformat(str(data["starts_at"]))))
    if data.get("to") in _CHASED:
        said.append(_CHASED[data["to"]])
    if reason := data.get("because") or data.get("reason"):
        said.append(f"because {_because(str(reason))}")
    if data.get("short_notice_code"):
        said.append(f"short notice because: {opened(str(data['short_notice_code']))}")
    if data.get("kind") and "task" in data:
        said.append(task_words(str(data["kind"])))
    if data.get("source"):
        said.append(source_words(str(data["source"])))
    return ", ".join(said)
