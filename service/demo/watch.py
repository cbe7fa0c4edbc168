"""Watches a case and tells what the service did of its own accord: invitations handed over, chases, tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from service.demo.actions import Actor, Play, spoken
from service.demo.client import AnswerError, Client
from service.demo.narrate import Narrator

EVERY_SECONDS = 3.0
_TO = {"inbox": "inbox", "duty_desk": "duty desk", "manager": "manager", "phone": "phone list of the officer"}
_TASKS = {
    "choose_time": "choose a time",
    "must_not_be_told": "find a safe route: an inbox must not be told",
    "no_inbox": "find who comes: the directory has no inbox",
    "phone_silent": "phone an agency that is silent",
    "phone_invitation": "invite by phone",
    "separate_meeting": "decide on a separate meeting",
    "another_time": "look at another time that was asked for",
}


class Watch:
    """What has been told of one case already."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._told: set[str] = set()

    def news(self) -> Iterator[str]:
        """What is new in the meeting since the last look."""
        yield from self._chased()
        for key, words in self._happened(self._play.meeting):
            if key not in self._told:
                self._told.add(key)
                yield words

    def _chased(self) -> Iterator[str]:
        """The chases sent since the last look, those of one step in one line."""
        by_step: dict[str, list[str]] = {}
        for one in self._play.meeting["agencies"]:
            for chase in one["chases"]:
                key = f"chase {one['role']} {one['slot']} {chase['version']} {chase['step']}"
                if chase["state"] == "sent" and key not in self._told:
                    self._told.add(key)
                    by_step.setdefault(_TO[chase["to"]], []).append(spoken(one["role"]))
        for step, silent in by_step.items():
            yield f"no answer from {', '.join(silent)}: chased ({step})"

    def _happened(self, meeting: dict[str, Any]) -> Iterator[tuple[str, str]]:
        wanted = [one for one in meeting["agencies"] if one["state"] == "wanted" and one["invitation"]]
        version = meeting["version"]
        sent = [
            one for one in wanted if one["invitation"]["version"] == version and one["invitation"]["state"] == "sent"
        ]
        if sent and len(sent) == len(wanted):
            again = "updated" if version > 1 else "one event in Outlook"
            yield f"sent {version}", f"{again}; {len(sent)} agencies each have their own message"
        for task in meeting["tasks"]:
            yield f"task {task['kind']}", f"task for the {task['owner']}: {_TASKS.get(task['kind'], task['kind'])}"


async def watch(client: Client, narrator: Narrator, play: Play) -> None:
    """Look at one case until cancelled."""
    actor, seen = Actor(client, narrator, play), Watch(play)
    while True:
        try:
            await actor.look()
        except (AnswerError, OSError):
            # The service may be busy or away for a moment; whether it recovers is for the expectations to say.
            await asyncio.sleep(EVERY_SECONDS)
            continue
        play.tasks_seen.update(task["kind"] for task in play.meeting["tasks"])
        for words in seen.news():
            narrator.say(client.stage.now(), play.case, words)
        await asyncio.sleep(EVERY_SECONDS)
