"""Does what a case's script says: sends, answers, confirms, moves, cancels, records who came."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from service.demo.cases import REST, Step
from service.demo.client import AnswerError, Client
from service.demo.narrate import Narrator
from service.demo.news import news
from service.demo.play import Play, spoken

# Real seconds: how long a step waits for what it needs, and how often it looks.
PATIENCE = 30.0
IMPATIENCE = 3.0
LOOK_AGAIN = 0.4
WATCH_EVERY = 3.0
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_SAID = {"accept": "said yes", "tentative": "said maybe", "decline": "said no"}
_ANSWERED = {
    "yes": "said yes on its page",
    "no": "said no",
    "deputy": "sends someone else",
    "report": "sends written information",
}


class Actor:
    """Does what a case's script says, waiting for whatever a step needs."""

    def __init__(self, client: Client, narrator: Narrator, play: Play) -> None:
        self._client = client
        self._narrator = narrator
        self._play = play
        self._acts: Mapping[str, Callable[[Step], Awaitable[None]]] = {
            "outlook": self._outlook,
            "page": self._page,
            "phone": self._phone,
            "confirm": self._time,
            "move": self._time,
            "cancel": self._cancel,
            "deliver_again": self._deliver_again,
            "attendance": self._attendance,
            "family": self._family,
        }

    async def send(self) -> None:
        """Send the request through its door."""
        case = self._play.case
        if case.door == "webhook":
            self._play.taken = await self._deliver()
        else:
            body = dict(case.request)
            self._play.taken = await self._client.api("POST", "/meeting-requests", body, key=case.key)
        if not self._play.reference:
            self._say(f"could not be read and waits for a person ({self._play.taken.get('reference', '')})")
            return
        self._say(f"{case.title} → meeting {self._play.reference}")
        await self.look()

    async def act(self, step: Step) -> None:
        """Do one step. Raises AnswerError or TimeoutError when it cannot be done."""
        await self._acts[step.do](step)

    async def look(self) -> dict[str, Any]:
        """Read the meeting again."""
        play = self._play
        play.meeting = await self._client.meeting(play.case.partnership, play.reference)
        play.tasks_seen.update(task["kind"] for task in play.meeting["tasks"])
        for words in news(play):
            self._say(words)
        return play.meeting

    async def watch(self) -> None:
        """Look at the meeting now and then until cancelled, and tell what is new."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            # The service may be busy or away for a moment; whether it recovers is for the expectations to say.
            with suppress(AnswerError, OSError, TimeoutError):
                await self.look()

    def _say(self, words: str) -> None:
        self._narrator.say(self._client.stage.now(), self._play.case, words)

    async def _deliver(self) -> dict[str, Any]:
        case = self._play.case
        data: Mapping[str, Any] = case.request
        if case.readable:
            data = {"type": "meeting.requested", "timestamp": case.arrives.isoformat(), "data": case.request}
        body = json.dumps(data, ensure_ascii=False).encode()
        return await self._client.deliver(case.partnership, f"msg_{case.key}", body)

    async def _deliver_again(self, _: Step) -> None:
        self._play.again = await self._deliver()
        self._say("the same delivery came again and got the same answer")

    async def _invited(self, named: Sequence[str]) -> None:
        """Wait until the invitations of these agencies to the meeting's current time have been handed over."""

        async def sent() -> bool:
            meeting = await self.look()
            told = [(self._play.agency(one) or {}).get("invitation") for one in named]
            return all(one and one["state"] == "sent" and one["version"] == meeting["version"] for one in told)

        # What has failed once in a case is not waited for at length again.
        patience = IMPATIENCE if self._play.problems else PATIENCE
        await until(sent, f"the invitations of {', '.join(spoken(one) for one in named)}", patience)

    async def _on_the_list(self, named: str) -> None:
        """Wait until the agency has been put on the officer's list of calls."""

        async def listed() -> bool:
            await self.look()
            calls = [chase for chase in (self._play.agency(named) or {})["chases"] if chase["to"] == "phone"]
            return all(chase["state"] != "due" for chase in calls)

        await until(listed, f"{spoken(named)} on the list of calls", PATIENCE)

    def _named(self, step: Step) -> list[str]:
        return [one for role in step.roles for one in (self._play.rest() if role == REST else [role])]

    async def _outlook(self, step: Step) -> None:
        await self.look()
        named = self._named(step)
        body: dict[str, Any] = {"reference": self._play.reference, "response": step.details["response"]}
        proposed = step.details.get("propose")
        if proposed:
            start = datetime.fromisoformat(proposed)
            times = (start, start + timedelta(hours=1))
            body["propose"] = dict(zip(("start", "end"), map(_graph_time, times), strict=True))
        await self._invited(named)
        for one in named:
            await self._client.control("POST", "respond", {"address": self._play.desk(one).address, **body})
        said = "asked for another time" if proposed else _SAID[step.details["response"]]
        self._say(f"{', '.join(spoken(one) for one in named)} {said} in Outlook")

    async def _page(self, step: Step) -> None:
        (named,), answer = step.roles, step.details["answer"]
        await self._invited([named])
        link = await self._client.personal_link(self._play.desk(named).address, self._play.reference)
        if link is None:
            raise AnswerError(0, f"no personal link reached {spoken(named)}")
        hidden = dict(_HIDDEN.findall(await self._client.page(link)))
        form = {**hidden, "answer": answer}
        if answer == "deputy":
            form |= {"deputy_name": step.details["name"], "deputy_job": step.details["job"]}
        if answer == "no":
            form |= {"reason": step.details["reason"]}
        await self._client.page(link, form)
        self._say(f"{spoken(named)} {_ANSWERED[answer]} (personal link)")

    async def _phone(self, step: Step) -> None:
        (named,), answer = step.roles, step.details["answer"]
        await self._invited([named])
        await self._on_the_list(named)
        body = {"role": named.partition("/")[0], "answer": answer, "given_by": step.details.get("given_by", "")}
        one = self._play.agency(named)
        if one and one["slot"]:
            body["slot"] = one["slot"]
        if "reason" in step.details:
            body["reason"] = step.details["reason"]
        await self._post("answers", body)
        self._say(f"the officer phoned {spoken(named)}: {_ANSWERED[answer].removesuffix(' on its page')}")

    async def _time(self, step: Step) -> None:
        await self._post(step.do, dict(step.details))
        when = datetime.fromisoformat(step.details["start"]).strftime("%a %H:%M")
        agreed = "; the desks that are full then have agreed to come" if "desk_override" in step.details else ""
        self._say(f"the officer {'confirmed' if step.do == 'confirm' else 'moved'} the meeting: {when}{agreed}")

    async def _cancel(self, step: Step) -> None:
        await self._post("cancel", dict(step.details))
        self._say(f"the meeting is cancelled: {step.details['reason'].replace('_', ' ')}")

    async def _attendance(self, step: Step) -> None:
        await self.look()
        given = {named: outcome for outcome in _OUTCOMES for named in step.details.get(outcome, ())}
        rows = []
        for one in self._play.meeting["agencies"]:
            # Whoever was never asked (no inbox, or one that must not be told) has no attendance to record.
            if one["state"] != "wanted":
                continue
            outcome = next((said for named, said in given.items() if self._play.agency(named) is one), None)
            rows.append(_row(one, outcome or step.details["rest"], step.details["how"]))
        await self._post("attendance", {"agencies": rows})
        await self._post("attendance/confirm", {})
        present = sum(row["outcome"] in {"attended", "represented"} for row in rows)
        self._say(f"took place: {present} of {len(rows)} agencies were there")

    async def _family(self, step: Step) -> None:
        """The chair's choice and each parent's safe route; waits until whoever is reached by e-mail has been told."""
        await self._post("family", dict(step.details))
        by_mail = {one["person"] for one in step.details["parents"] if one["route"] == "email"}

        async def told() -> bool:
            where, partnership = f"/meetings/{self._play.reference}/family", self._play.case.partnership
            found = await self._client.api("GET", where, partnership=partnership)
            return by_mail <= {one["person"] for one in found["parents"] if one["told_version"]}

        await until(told, "the parents' own messages", PATIENCE)
        self._say(f"{len(by_mail)} of {len(step.details['parents'])} parents were told by e-mail, never by the event")

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        where = f"/meetings/{self._play.reference}/{path}"
        await self._client.api("POST", where, body, partnership=self._play.case.partnership)


_OUTCOMES = ("attended", "represented", "report_only", "apologies", "no_answer")


def _row(one: Mapping[str, Any], outcome: str, how: str) -> dict[str, Any]:
    row: dict[str, Any] = {"role": one["role"], "slot": one["slot"], "outcome": outcome}
    if outcome in {"attended", "represented"}:
        row |= {"how": how, "seniority_confirmed": True, "contribution": "spoke_from_records"}
    elif outcome == "report_only":
        row["contribution"] = "sent_information"
    return row


def _graph_time(instant: datetime) -> dict[str, str]:
    return {"dateTime": instant.astimezone(UTC).replace(tzinfo=None).isoformat(), "timeZone": "UTC"}


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float) -> None:
    """Look again and again until something holds. Raises TimeoutError naming what was waited for."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not await holds():
        if loop.time() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(LOOK_AGAIN)
