"""``convene policy replay``: what a draft policy would have asked of past requests. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import JsonFlag, PartnershipOption, read_day
from service.commands.output import note, say, show_json, show_table
from service.commands.running import partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.replay import Notice, Quorums, Replay
    from service.settings import Settings
    from service.workflow.ports import Services


def replay(
    policy: Annotated[Path, typer.Option("--policy", metavar="DRAFT.toml", help="The draft pack.")],
    first: Annotated[date, typer.Option("--from", parser=read_day, metavar="DATE", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=read_day, metavar="DATE", help="The last day, counted too.")],
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Run the requests of these London days through a draft: who more, who less, what notice. Nothing is changed."""
    from service.policies.load import load_file  # noqa: PLC0415

    draft = load_file(policy)

    async def act(settings: Settings, services: Services) -> Replay:
        from service.workflow.replay import replay_policy  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        with _bar() as progress:
            return await replay_policy(services, name, draft, first, last, progress)

    found = with_services(act)
    if as_json:
        show_json(_as_json(found, draft.content_hash, first, last))
    else:
        _show(found, f"{draft.id} {draft.version} ({draft.content_hash[:12]}), requests of {first} to {last}")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error that goes away at the end; a log or a pipe sees none."""
    from rich.console import Console  # noqa: PLC0415 - only when there is a bar to show
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("replaying", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _as_json(found: Replay, content_hash: str, first: date, last: date) -> dict[str, Any]:
    return {
        "from": first,
        "to": last,
        "draft_hash": content_hash,
        "meetings": found.meetings,
        "meetings_changed": found.changed,
        "invitations_added": sum(found.added.values()),
        "invitations_removed": sum(found.removed.values()),
        "lines": [asdict(line) for line in found.lines()],
        "notice": {"before": _notice_json(found.before), "after": _notice_json(found.after)},
        "quorum": {"before": _quorum_json(found.quorum_before), "after": _quorum_json(found.quorum_after)},
        "missing_partners": {"before": dict(found.missing_before), "after": dict(found.missing_after)},
        "added_without_inbox": dict(found.no_inbox),
        "unplannable": dict(found.unplannable),
    }


def _notice_json(notice: Notice) -> dict[str, int | None]:
    # Unset is not zero: where no figure is set at all there are no breaches to count.
    breaches = notice.broken if notice.kept or notice.broken else None
    return {"breaches": breaches, "kept": notice.kept, "not_set": notice.not_set}


def _quorum_json(quorums: Quorums) -> dict[str, int | None]:
    # As with notice: where none is set, none was missed, and that is no 0.
    missed = quorums.missed if quorums.set else None
    return {"missed": missed, "met": quorums.met, "if_added_come": quorums.open, "not_set": quorums.not_set}


def _show(found: Replay, title: str) -> None:
    from service.domain.roles import group_words, words  # noqa: PLC0415

    rows = [(line.week, words(line.role), line.added, line.removed) for line in found.lines()]
    show_table(title, ("week from", "agency", "added", "removed"), rows, numbers=2)
    number = "1 meeting" if found.meetings == 1 else f"{found.meetings} meetings"
    say(f"{number}, {found.changed} with other agencies under the draft.")
    say(f"Invitations: {sum(found.added.values())} added, {sum(found.removed.values())} removed.")
    say(f"Notice before: {_notice_words(found.before)}.")
    say(f"Notice under the draft: {_notice_words(found.after)}.")
    say(f"Quorum before: {_quorum_words(found.quorum_before)}.")
    say(f"Quorum under the draft, if the same came again: {_quorum_words(found.quorum_after)}.")
    say(f"Meetings without a least partner before: {_counted(found.missing_before, group_words)}.")
    say(f"Meetings without a least partner under the draft: {_counted(found.missing_after, group_words)}.")
    if found.no_inbox:
        say(f"Added, but nobody in the directory today: {_counted(found.no_inbox, words)}.")
    if found.unplannable:
        note(f"The draft has no such meeting type, so these were left out: {_counted(found.unplannable, str)}.")
    note("An agency that the draft adds is taken to have been asked with the meeting's first invitation.")


def _notice_words(notice: Notice) -> str:
    if not notice.kept and not notice.broken:
        return f"not set by the partnership ({notice.not_set} invitations)"
    return f"{notice.broken} broken, {notice.kept} kept, {notice.not_set} with none set"


def _quorum_words(quorums: Quorums) -> str:
    if not quorums.set:
        return f"not set by the partnership ({quorums.not_set} meetings)"
    open_ = f", {quorums.open} only if an agency the draft adds came" if quorums.open else ""
    return f"{quorums.missed} missed, {quorums.met} met{open_}, {quorums.not_set} with none set"


def _counted(counts: Counter[str], told: Callable[[str], str]) -> str:
    return ", ".join(f"{told(key)} {count}" for key, count in sorted(counts.items())) or "none"
