"""What is new in a meeting since it was last looked at, in words: who is asked and why, sent, chased, left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.demo.play import Play, spoken

_TO = {"inbox": "its inbox reminded", "duty_desk": "its duty desk asked", "manager": "its manager asked"}
_CALL = "on the officer's list of calls"
_TASKS = {
    "choose_time": "choose a time",
    "explain_short_notice": "say why notice is short",
    "explain_no_quorum": "say why it went on without a quorum",
    "disagreement": "take a disagreement further",
    "minutes_due": "issue the minutes",
    "arrange_medical": "arrange the medical",
    "record_medical": "record who came to the medical",
    "minutes_overdue": "see that the late minutes are issued",
    "must_not_be_told": "find a safe route: an inbox must not be told",
    "no_inbox": "find who comes: the directory has no inbox",
    "phone_silent": "phone an agency that is silent",
    "phone_invitation": "invite by phone",
    "separate_meeting": "decide on a separate meeting",
    "invite_family": "arrange how the parents are invited",
    "tell_parent": "tell a parent by another way than e-mail",
    "book_interpreter": "book an interpreter",
    "mail_to_read": "read a mail",
    "address_fails": "phone an agency: mail to it came back",
    "another_time": "look at another time that was asked for",
}


def asked_words(agencies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Who is asked and why, and the notice they are owed: a line for the core, and one for each other reason."""
    why: dict[str, list[str]] = {}
    for one in agencies:
        rule = one["because"][0]
        reason = "core" if one["level"] == "core" else f"{rule['reason']} ({rule['rule']})"
        why.setdefault(reason, []).append(spoken(one["role"]))
    for reason, asked in why.items():
        yield f"  asks {', '.join(asked)}: {reason}"
    owed = {one["notice_standard"] for one in agencies} - {None}
    yield f"  notice owed: {', '.join(sorted(owed)) if owed else 'not set by the partnership'}"


def news(play: Play) -> Iterator[str]:
    """What is new in the meeting since the last time."""
    if "asked" not in play.told:
        play.told.add("asked")
        yield from asked_words(play.meeting["agencies"])
    yield from _chased(play)
    for key, words in (*_handed_over(play.meeting), *_tasks(play.meeting)):
        if key not in play.told:
            play.told.add(key)
            yield words


def _chased(play: Play) -> Iterator[str]:
    """The chases sent since the last look, those of one step in one line."""
    by_step: dict[str, list[str]] = {}
    for one in play.meeting["agencies"]:
        for chase in one["chases"]:
            key = f"chase {one['role']} {one['slot']} {chase['version']} {chase['step']}"
            if chase["state"] == "sent" and key not in play.told:
                play.told.add(key)
                by_step.setdefault(_TO.get(chase["to"], _CALL), []).append(spoken(one["role"]))
    for step, silent in by_step.items():
        yield f"no answer from {', '.join(silent)}: {step}"


def _handed_over(meeting: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = [one["invitation"] for one in meeting["agencies"] if one["state"] == "wanted" and one["invitation"]]
    version = meeting["version"]
    if told and all(one["version"] == version and one["state"] == "sent" for one in told):
        event = "one event in Outlook" if version == 1 else "the same event in Outlook, updated"
        yield f"sent {version}", f"{event}; {len(told)} agencies each have their own message"


def _tasks(meeting: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for task in meeting["tasks"]:
        yield f"task {task['kind']}", f"task for the {task['owner']}: {_TASKS.get(task['kind'], task['kind'])}"
