"""What people do in a fortnight, done the way they do it, and what became of it: the town's own diary.

The diary is what the history's checker believes of the outside: who asked for what, and what they were told.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from service.domain.amending import Amendment, Words
from service.domain.answers import Answer, Way
from service.domain.attendance import Outcome
from service.domain.calls import CallOutcome
from service.domain.facts import Urgency
from service.domain.meetings import IllegalMoveError
from service.domain.requests import Child, MeetingRequest, Person, Tie, Wishes
from service.workflow.add_agency import MoreAsked, add_agency
from service.workflow.add_now import CallSaid, add_now
from service.workflow.attend import AttendanceGiven, record_attendance
from service.workflow.deliveries import Delivery
from service.workflow.errors import WorkflowError
from service.workflow.exclude import exclude
from service.workflow.meetings import NewTime, cancel_meeting, confirm_meeting, move_meeting
from service.workflow.receive import receive_request
from service.workflow.remove_now import remove_now
from service.workflow.replan import replan_meeting
from service.workflow.replan_look import ReplanAsked
from service.workflow.reply import GivenAnswer, record_answer
from service.workflow.safe_route import StoppedPlace, stop_place
from tests.fortnight.script import Act, Script
from tests.fortnight.town import DIRECTORY, Town

OFFICER = "officer"
_OUTLOOK = {"yes": "accept", "no": "decline", "maybe": "tentative"}
_LINK = re.compile(r"/r/[\w-]+")
_FORM = {
    "yes": {"answer": "yes"},
    "no": {"answer": "no", "reason": "nobody_free"},
    "report": {"answer": "report"},
}


class People:
    """Everybody outside, and what breaks; ``diary`` grows by one entry for each thing that was done or refused."""

    def __init__(self, town: Town, script: Script) -> None:
        self.town = town
        self.script = script
        self.references: dict[int, str] = {}
        self.diary: list[dict[str, Any]] = []
        self._do: dict[str, Callable[[Act], Awaitable[dict[str, Any] | None]]] = {
            "ask": self._ask, "confirm": self._confirm, "move": self._move, "cancel": self._cancel,
            "correct": self._correct, "answer": self._answer, "attend": self._attend,
            "add": self._add, "let_off": self._let_off, "add_now": self._add_now, "exclude": self._exclude,
            "stop": self._stop,
        }  # fmt: skip

    async def act(self, act: Act) -> None:
        """Do one act of the script, and write it down."""
        if act.meeting < 0:
            await self._break(act)
            return
        if act.kind != "ask" and act.meeting not in self.references:
            return
        entry: dict[str, Any] = {"at": self.town.clock.now(), "did": act.kind, **_plain(act.what)}
        about = self.references.get(act.meeting)
        try:
            entry |= await self._do[act.kind](act) or {}
            entry["accepted"] = True
        except (WorkflowError, IllegalMoveError) as refused:
            entry |= {"accepted": False, "why": type(refused).__name__}
        entry["reference"] = about or self.references.get(act.meeting, "")
        self.diary.append(entry)

    async def _ask(self, act: Act) -> dict[str, Any]:
        request = _request(act, self.script)
        delivery = Delivery("webhook:test", f"msg-{act.meeting}", _fingerprint(request), "webhook:test")
        said = None
        for _ in range(act.what["deliveries"]):
            again = await receive_request(self.town.services, request, delivery)
            assert said is None or again.answer == said.answer, "the same delivery was answered differently"
            said = said or again
        assert said is not None
        self.references[act.meeting] = said.answer["meeting_reference"]
        return {"state": said.answer["state"]}

    async def _confirm(self, act: Act) -> None:
        time = NewTime(act.what["start"])
        await confirm_meeting(self.town.services, "lewisham", self.references[act.meeting], time, actor=OFFICER)

    async def _move(self, act: Act) -> None:
        time = NewTime(act.what["start"])
        await move_meeting(self.town.services, "lewisham", self.references[act.meeting], time, actor=OFFICER)

    async def _cancel(self, act: Act) -> None:
        reference = self.references[act.meeting]
        await cancel_meeting(self.town.services, "lewisham", reference, reason="facts_now_clear", actor=OFFICER)

    async def _correct(self, act: Act) -> dict[str, Any]:
        fact = frozenset({"care_leaver_parent"})
        words = Words(add=fact) if act.what["add"] else Words(remove=fact)
        asked = ReplanAsked(Amendment(circumstances=words))
        reference = self.references[act.meeting]
        done = await replan_meeting(self.town.services, "lewisham", reference, asked, actor=OFFICER)
        return {"done": done.done}

    async def _add(self, act: Act) -> None:
        reference, more = self.references[act.meeting], MoreAsked("personal_adviser", "decides")
        await add_agency(self.town.services, "lewisham", reference, more, actor=OFFICER)

    async def _let_off(self, act: Act) -> None:
        reference, place = self.references[act.meeting], StoppedPlace("personal_adviser")
        await remove_now(self.town.services, "lewisham", reference, place, reason="chair_decided", actor=OFFICER)

    async def _add_now(self, act: Act) -> dict[str, Any]:
        now, reference = self.town.clock.now(), self.references[act.meeting]
        outcome = CallOutcome.REACHED if act.what["reached"] else CallOutcome.NO_ANSWER
        said = CallSaid(outcome, "Asha Okoro" if act.what["reached"] else "", now, f"call {now.isoformat()}")
        more = MoreAsked("personal_adviser", "holds_information")
        for _ in range(2):
            added = await add_now(self.town.services, "lewisham", reference, more, said, actor=OFFICER)
        return {"details": added.details}

    async def _exclude(self, act: Act) -> dict[str, Any]:
        """Whoever does anything to the meeting from now on does it to the one that takes its place."""
        reference, place = self.references[act.meeting], StoppedPlace(act.what["desk"])
        for _ in range(2):
            done = await exclude(self.town.services, "lewisham", reference, place, actor=OFFICER)
        if done.new is None:
            return {}
        self.references[act.meeting] = done.new.reference
        return {"again": done.new.reference, "start": done.new.starts_at}

    async def _stop(self, act: Act) -> None:
        reference, place = self.references[act.meeting], StoppedPlace(act.what["desk"])
        await stop_place(self.town.services, "lewisham", reference, place, actor=OFFICER)

    async def _attend(self, act: Act) -> None:
        outcomes = [Outcome.ATTENDED if act.what["came"] > part else Outcome.APOLOGIES for part in (0.2, 0.5, 0.8)]
        rows = [AttendanceGiven(role, outcome) for role, outcome in zip(self.script.desks, outcomes, strict=False)]
        await record_attendance(self.town.services, "lewisham", self.references[act.meeting], rows, actor=OFFICER)

    async def _answer(self, act: Act) -> dict[str, Any]:
        address, way = DIRECTORY[act.what["desk"]].at("lewisham"), act.what["way"]
        items = [
            item for item in await self.town.control.inbox(address) if self.references[act.meeting] in item["subject"]
        ]
        if way == "outlook":
            return await self._by_outlook(act, address, items)
        if way == "page":
            return await self._by_page(act, items)
        return await self._by_phone(act)

    async def _by_outlook(self, act: Act, address: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        standing = [item for item in items if item["event"]]
        if not standing or standing[-1]["kind"] == "cancel":
            return {"skipped": "no invitation"}
        await self.town.control.post(
            "respond",
            address=address,
            reference=self.references[act.meeting],
            response=_OUTLOOK[act.what["answer"]],
        )
        return {"address": address}

    async def _by_page(self, act: Act, items: list[dict[str, Any]]) -> dict[str, Any]:
        links = [link for item in items for link in _LINK.findall(item["body"])]
        if not links:
            return {"skipped": "no link"}
        link = links[-1]
        async with self.town.http.get(f"{self.town.web}{link}") as shown:
            page = await shown.text()
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        if not form:
            return {"skipped": f"closed ({shown.status})"}
        form |= _FORM[act.what["answer"]]
        async with self.town.http.post(f"{self.town.web}{link}", data=form, allow_redirects=False) as said:
            assert said.status == 303, (said.status, await said.text())
        # The double press of somebody in a hurry.
        if self.town.chance.random() < 0.3:
            async with self.town.http.post(f"{self.town.web}{link}", data=form, allow_redirects=False) as again:
                assert again.status == 303, again.status
        return {}

    async def _by_phone(self, act: Act) -> dict[str, Any]:
        now = self.town.clock.now()
        given = GivenAnswer(
            Answer(act.what["answer"]), Way.PHONE, now, f"call {now.isoformat()} {act.what['desk']}",
            role=act.what["desk"],
        )  # fmt: skip
        reference = self.references[act.meeting]
        said = await record_answer(self.town.services, "lewisham", reference, given, actor=OFFICER)
        assert said.new
        return {}

    async def _break(self, act: Act) -> None:
        self.diary.append({"at": self.town.clock.now(), "did": act.kind, **_plain(act.what)})
        await (self._break_graph(act) if act.kind in _OF_GRAPH else self._break_ours(act))

    async def _break_graph(self, act: Act) -> None:
        town, what = self.town, act.what
        if "minutes" in what:
            town.graph_back = town.clock.now() + timedelta(minutes=what["minutes"])
        match act.kind:
            case "fault":
                await town.control.post("faults", **what)
            case "graph_away":
                await town.control.post("faults", operation="*", kind="status", status=503, times=100_000)
            case "graph_moody":
                await town.control.post("chance", seed=what["seed"], rate=what["rate"])
            case "tokens_revoked":
                await town.control.post("tokens/revoke")
            case "resync":
                await town.control.post("resync", mailbox=next(iter(town.sandbox.sandbox.mailboxes)))

    async def _break_ours(self, act: Act) -> None:
        town = self.town
        match act.kind:
            case "redis_flushed":
                await town.redis.flushall()
            case "redis_away":
                await town.redis_away(town.clock.now() + timedelta(seconds=act.what["seconds"]))
            case "worker_killed":
                town.deaths.append(act.what["wait"])
            case "worker_away":
                town.worker_back = town.clock.now() + timedelta(hours=act.what["hours"])
            case "deploy":
                # Every job under way is cut off, and whatever the queue held is gone with it.
                town.deaths += [town.chance.randrange(1, 30) for _ in range(3)]
                await town.redis.flushall()
            case _:
                raise ValueError(act.kind)


_OF_GRAPH = {"fault", "graph_away", "graph_moody", "tokens_revoked", "resync"}


_TOLD = {"start", "desk", "way", "answer", "add", "kind", "urgency"}


def _plain(what: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in what.items() if name in _TOLD}


def _fingerprint(request: MeetingRequest) -> bytes:
    return hashlib.sha256(json.dumps(repr(request)).encode()).digest()


def _request(act: Act, script: Script) -> MeetingRequest:
    what = act.what
    child = Child("C1", birth_date=what["born"], name=what["child"], nhs_number=what["nhs"], address=what["address"])
    adult = Person("P1", "mother", (what["adult"],), ties=(Tie("C1", frozenset({"lives_with"})),))
    return MeetingRequest(
        partnership="lewisham",
        meeting_type="strategy",
        source="test",
        source_ref=f"case-{script.seed}-{act.meeting}",
        case_ref=f"LCS-{act.meeting}",
        concern_recorded_at=act.at - timedelta(minutes=30),
        urgency=Urgency(what["urgency"]),
        children=(child,),
        people=(adult,),
        circumstances=frozenset({"neglect"}),
        wishes=Wishes(
            start=what["start"], mode=what["mode"], venue="Town Hall, room 2" if what["mode"] == "in_person" else ""
        ),
    )


def forbidden_words(script: Script) -> list[str]:
    """What must be nowhere outside: written here from the script, not by the code under test."""
    words: set[str] = set()
    for act in script.acts:
        if act.kind == "ask":
            what = act.what
            words |= {*what["child"].split(), *what["adult"].split(), what["nhs"], what["address"]}
            words |= {what["born"].isoformat(), f"{what['born']:%d%m%Y}", f"{what['born']:%-d %B %Y}"}
    return sorted(words)
