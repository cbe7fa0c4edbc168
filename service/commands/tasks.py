"""``convene task`` and ``convene held``: what waits for a person, and saying that it is dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.hints import task_hint
from service.commands.options import ByOption, JsonFlag, PartnershipOption, read_reference
from service.commands.output import printable, say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.held import HeldItem
    from service.store.queries.tasks import Task
    from service.workflow.ports import Services

task_app = typer.Typer(help="What a person must do because the service cannot.", no_args_is_help=True)
held_app = typer.Typer(help="Deliveries that could not be understood, kept whole.", no_args_is_help=True)

TaskArgument = Annotated[UUID, typer.Argument(metavar="TASK", help="The task's id, as the list shows it.")]
ItemArgument = Annotated[
    str, typer.Argument(metavar="REFERENCE", parser=read_reference, help="The delivery's reference, from the list.")
]


@task_app.command("list")
def list_open(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List what is open, what is due soonest first."""

    async def act(settings: Settings, services: Services) -> list[Task]:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.desk import list_tasks  # noqa: PLC0415

        reader = Reader(actor_of(""), services.now())
        return await list_tasks(services, partnership_in(settings, partnership), reader)

    found = with_services(act)
    if as_json:
        show_json(found)
    elif found:
        show_table(
            "Tasks",
            ("task", "meeting", "due", "owner", "what"),
            ((task.id, task.meeting_reference or "", _due(task), task.owner, _what(task)) for task in found),
        )
    else:
        say("Nothing waits for a person.")


def _what(task: Task) -> str:
    hint = task_hint(task.kind)
    return f"{task.detail} ({hint})" if hint else task.detail


def _due(task: Task) -> str:
    from service.domain.london import words  # noqa: PLC0415

    return words(task.due_at) if task.due_at else ""


@task_app.command("done")
def done(task: TaskArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Say that a task has been done."""
    _end("close_task", task, partnership, by)
    say(f"{task} is done.")


@task_app.command("drop")
def drop(task: TaskArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Say that a task need not be done."""
    _end("drop_task", task, partnership, by)
    say(f"{task} is dropped.")


def _end(which: str, task: UUID, partnership: str, by: str) -> None:
    async def act(settings: Settings, services: Services) -> None:
        from service.workflow import desk  # noqa: PLC0415

        end = desk.close_task if which == "close_task" else desk.drop_task
        await end(services, partnership_in(settings, partnership), task, actor=actor_of(by))

    with_services(act)


@held_app.command("list")
def list_items(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List the deliveries that still need a person. What they say stays sealed."""

    async def act(settings: Settings, services: Services) -> list[HeldItem]:
        from service.workflow.desk import list_held  # noqa: PLC0415

        return await list_held(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json(found)
    elif found:
        show_table(
            "Deliveries that need a person",
            ("reference", "door", "received", "problem"),
            ((item.reference, item.door, item.received_at.isoformat(), item.problem) for item in found),
        )
    else:
        say("No delivery waits for a person.")


@held_app.command("show")
def show(
    reference: ItemArgument,
    reason: Annotated[str, typer.Option(help="Why it is read, for the audit; without names.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Open a delivery and print it. It may say who a child is: the audit keeps who read it, and why."""

    async def act(settings: Settings, services: Services) -> bytes:
        from service.workflow.identity import open_held_item  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_held_item(services, name, reference, reason=reason, actor=actor_of(by))

    say(printable(with_services(act).decode("utf-8", errors="replace")))


@held_app.command("close")
def close(reference: ItemArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Say that a delivery has been dealt with; its task is done with it."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.desk import close_held_item  # noqa: PLC0415

        await close_held_item(services, partnership_in(settings, partnership), reference, actor=actor_of(by))

    with_services(act)
    say(f"{reference} is closed.")


def add_to(root: typer.Typer) -> None:
    """Register these commands."""
    root.add_typer(task_app, name="task")
    root.add_typer(held_app, name="held")
