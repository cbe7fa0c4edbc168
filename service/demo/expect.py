"""What must be true at the end of the day: what each case expects of itself, and what holds for every case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.demo.cases import LONDON, identities
from service.demo.outside import Outside
from service.demo.play import Play, spoken

# Business time between an answer in Outlook and the service having read it, on a busy machine.
READ_BACK = timedelta(hours=1)
CLOSING = frozenset({"yes", "no", "deputy", "report"})


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: of which case, in words, whether it held, and what was found where it did not."""

    case: str
    what: str
    held: bool
    found: str = ""


def check_play(play: Play, outside: Outside) -> list[Check]:
    """Every expectation of one case."""
    checks = [Check(play.case.key, problem, held=False) for problem in play.problems]
    if not play.reference:
        return [*checks, *_unread(play)]
    return [*checks, *(check for look in _LOOKS for check in look(play, outside))]


def _check(play: Play, what: str, wanted: object, found: object) -> Check:
    held = wanted == found
    return Check(play.case.key, what, held, "" if held else f"wanted {wanted!r}, found {found!r}")


def _unread(play: Play) -> Iterator[Check]:
    yield _check(play, "is kept for a person", play.case.expect["state"], play.taken.get("state"))


def _whole(play: Play, _: Outside) -> Iterator[Check]:
    expect, meeting = play.case.expect, play.meeting
    yield _check(play, f"the meeting is {expect['state']}", expect["state"], meeting["state"])
    yield _check(play, f"at version {expect['version']}", expect["version"], meeting["version"])
    if "deadline" in expect:
        due = meeting["deadline_at"] and datetime.fromisoformat(meeting["deadline_at"]).astimezone(LONDON)
        yield _check(play, f"due by {expect['deadline']}", expect["deadline"], due and due.date().isoformat())
    for kind in expect.get("tasks", ()):
        seen = sorted({*play.taken["tasks"], *play.tasks_seen})
        yield Check(play.case.key, f"a person has the task: {spoken(kind)}", kind in seen, f"tasks: {seen}")
    if play.again is not None:
        yield _check(play, "the delivery that came twice got one answer", play.taken, play.again)


def _who(play: Play, _: Outside) -> Iterator[Check]:
    expect = play.case.expect
    for named, rule in expect["invited"].items():
        one = play.agency(named)
        state, rules = (one["state"], _rules(one)) if one else ("absent", [])
        held = state == "wanted" and rule in rules
        yield Check(play.case.key, f"{named} is asked by {rule}", held, f"{state}, by {rules}")
    for named, rule in expect.get("also_because", {}).items():
        yield Check(play.case.key, f"{named} also by {rule}", rule in _rules(play.agency(named)))
    for named in expect.get("core", ()):
        yield _check(play, f"{named} is core", "core", (play.agency(named) or {}).get("level"))
    for state in ("stopped", "no_inbox"):
        for named in expect.get(state, ()):
            yield _check(play, f"{named}: {spoken(state)}", state, (play.agency(named) or {}).get("state"))
    for named in expect.get("not_invited", ()):
        yield Check(play.case.key, f"{named} is not asked", play.agency(named) is None)
    meant = {named.partition("/")[0] for part in ("invited", "stopped", "no_inbox") for named in expect.get(part, ())}
    others = sorted({one["role"] for one in play.meeting["agencies"]} - meant)
    yield Check(play.case.key, "nobody else is asked", not others, f"also: {others}")


def _rules(one: Mapping[str, Any] | None) -> list[str]:
    return [why["rule"] for why in one["because"]] if one else []


def _answers(play: Play, _: Outside) -> Iterator[Check]:
    expect = play.case.expect
    for named, wanted in expect.get("answers", {}).items():
        said = (play.agency(named) or {}).get("answer")
        yield _check(play, f"{named}: {wanted or 'no answer'}", wanted, said and said["answer"])
    for named, wanted in expect.get("ways", {}).items():
        said = (play.agency(named) or {}).get("answer")
        yield _check(play, f"{named} answered by {wanted}", wanted, said and said["way"])
    for named, wanted in expect.get("attendance", {}).items():
        came = (play.agency(named) or {}).get("attendance")
        yield _check(play, f"{named}: {spoken(wanted)}", wanted, came and came["outcome"])


def _chases(play: Play, _: Outside) -> Iterator[Check]:
    for named, steps in play.case.expect.get("chases", {}).items():
        one = play.agency(named) or {"chases": ()}
        ended = {
            str(chase["step"]): "sent" if chase["state"] == "sent" else chase["not_sent_because"] or chase["state"]
            for chase in one["chases"]
            if chase["version"] == play.meeting["version"]
        }
        for step, wanted in steps.items():
            # Steps minutes apart may fall due together on a busy machine; then only the last of them is sent.
            held, found = ended.get(step) in wanted.split(" or "), ended.get(step)
            yield Check(play.case.key, f"chase {step} of {named}: {wanted}", held, f"found {found}")
    over = play.meeting["state"] in {"held", "cancelled"}
    loose = [
        (one["role"], chase["step"], chase["state"])
        for one in play.meeting["agencies"]
        for chase in one["chases"]
        if over and not (chase["state"] == "sent" or (chase["state"] == "not_sent" and chase["not_sent_because"]))
    ]
    yield Check(play.case.key, "every chase was sent, or not sent with a reason", not loose, str(loose))
    late = [(one["role"], chase["step"]) for one in play.meeting["agencies"] for chase in _after_answer(one)]
    yield Check(play.case.key, "nobody was chased after an answer", not late, str(late))


def _after_answer(one: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    said = one["answer"]
    if not said or said["answer"] not in CLOSING:
        return
    read = datetime.fromisoformat(said["answered_at"]) + READ_BACK
    for chase in one["chases"]:
        if chase["state"] == "sent" and datetime.fromisoformat(chase["finished_at"]) > read:
            yield chase


def _event(play: Play, outside: Outside) -> Iterator[Check]:
    events = outside.events(play.reference)
    yield _check(play, "one calendar event in the sandbox", 1, len(events))
    if len(events) != 1:
        return
    event, meeting = events[0], play.meeting
    cancelled = meeting["state"] == "cancelled"
    yield _check(play, f"the event is {'cancelled' if cancelled else 'live'}", cancelled, event["cancelled"])
    start = datetime.fromisoformat(event["start"])
    yield _check(play, "it starts when the meeting does", datetime.fromisoformat(meeting["starts_at"]), start)
    yield Check(play.case.key, "its guests are hidden", event["hide_attendees"] is True)
    yield Check(play.case.key, "its body carries no personal link", "/r/" not in event["body"])


def _told(play: Play, outside: Outside) -> Iterator[Check]:
    meeting, told, wrong = play.meeting, 0, []
    for named in play.case.expect["invited"]:
        desk = play.desk(named)
        told += 1
        invitations = outside.messages(desk.address, f"{play.reference}: you are invited")
        same = [other for other in play.case.expect["invited"] if play.desk(other).address == desk.address]
        if len(invitations) != len(same):
            wrong.append(f"{named}: {len(invitations)} invitations")
        if meeting["version"] > 1 and not outside.messages(
            desk.address, f"{play.reference}: the professionals' meeting has"
        ):
            wrong.append(f"{named}: not told of the move")
        if meeting["state"] == "cancelled" and not outside.messages(
            desk.address, f"{play.reference}: the professionals' meeting is"
        ):
            wrong.append(f"{named}: not told of the cancellation")
    yield Check(play.case.key, f"each of {told} agencies has its own message, once", not wrong, "; ".join(wrong))
    for named in play.case.expect.get("stopped", ()):
        reached = outside.anything(play.desk(named).address, play.reference)
        yield Check(play.case.key, f"the inbox of {named} received nothing", not reached)


def _nothing_leaked(play: Play, outside: Outside) -> Iterator[Check]:
    text = outside.everything(play.reference).casefold()
    found = [words for words in identities(play.case.request) if words.casefold() in text]
    yield Check(play.case.key, "nothing that left the house says who the family is", not found, f"{len(found)} found")


Look = Callable[[Play, Outside], Iterator[Check]]
_LOOKS: tuple[Look, ...] = (_whole, _who, _answers, _chases, _event, _told, _nothing_leaked)
