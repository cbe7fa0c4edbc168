"""The command line: ``convene``, or ``python -m service``.

Every command prints tables for people and, with ``--json``, one document for programs on standard output; refusals go
to standard error. Exit codes: 0 ok; 1 the answer is no, or a check failed; 2 the command, a file or a setting is
wrong; 3 the service or the database cannot be reached.
"""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from service.commands import (
    attendance,
    audit,
    bundle,
    calendar,
    chairs,
    desk,
    directory,
    drift,
    handover,
    inbox,
    mail,
    meeting,
    outbox,
    policy,
    processes,
    report,
    requests,
    simulate,
    slots,
    staff,
    system,
    tasks,
)
from service.commands.failures import told
from service.commands.output import note


class Front(TyperGroup):
    """The root of all commands: it turns expected errors into their sentence and exit code, whichever raised them."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            expected = told(error)
            if expected is None:
                raise
            for sentence in expected[0]:
                note(f"convene: {sentence}")
            raise typer.Exit(int(expected[1])) from None


app = typer.Typer(
    name="convene",
    cls=Front,
    help="Gets the right people to a child-protection strategy meeting in time, and proves it.",
    epilog="Exit codes: 0 ok, 1 the answer is no, 2 wrong input or settings, 3 not reachable.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback of ours must never show local values: they can hold an identity.
    pretty_exceptions_enable=False,
)

processes.add_to(app)
system.add_to(app)
requests.add_to(app)
meeting.add_to(app)
staff.add_to(app)
tasks.add_to(app)
slots.add_to(app)
simulate.add_to(app)
app.add_typer(attendance.app, name="attendance")
app.add_typer(report.app, name="report")
app.add_typer(policy.app, name="policy")
inbox.add_to(directory.app)
app.add_typer(directory.app, name="directory")
app.add_typer(desk.app, name="desk")
app.add_typer(calendar.app, name="calendar")
app.add_typer(chairs.app, name="chairs")
app.add_typer(outbox.app, name="outbox")
app.add_typer(drift.app, name="drift")
app.add_typer(mail.app, name="mail")
app.add_typer(audit.app, name="audit")
app.add_typer(bundle.app, name="bundle")
app.command("handover")(handover.handover)


def main() -> None:
    """The entry point of the installed command."""
    app()
