"""``convene bundle``: one file with the whole record of a meeting, and the check of such a file on any machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import note, printable, say, show_json
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.bundle_check import BundleCheck
    from service.settings import Settings
    from service.workflow.bundle import Exported
    from service.workflow.ports import Services

app = typer.Typer(help="The evidence of one meeting as one sealed file.", no_args_is_help=True)


@app.command()
def export(
    reference: ReferenceArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it; must not exist yet.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Write a meeting's record: facts, rules, messages, answers, chases, attendance, tasks and audit; no identity."""
    actor = actor_of(by)

    async def act(settings: Settings, services: Services) -> Exported:
        from service.workflow.bundle import export_bundle  # noqa: PLC0415

        return await export_bundle(services, partnership_in(settings, partnership), reference, actor=actor)

    # The file comes first: an export that is audited must not fail for want of a place to write it to.
    handle = _new_file(out)
    try:
        exported = with_services(act)
        with os.fdopen(handle, "wb") as file:
            file.write(exported.content)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    if as_json:
        show_json({"file": str(out), "bytes": len(exported.content), "sha256": exported.sha256})
    else:
        say(f"{out}: {len(exported.content)} bytes, SHA-256 {exported.sha256}")
        note("Send the SHA-256 by another way than the file; the meeting's audit keeps it too.")


def _new_file(path: Path) -> int:
    try:
        # Its reader is whoever exports it: what a meeting was about is nobody else's business.
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError(f"{path} exists already; an evidence bundle never overwrites a file.") from None
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}.") from None


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle.")],
    sha256: Annotated[
        str, typer.Option("--sha256", metavar="HEX", help="What the exporter said the file's SHA-256 is.")
    ] = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Check every byte of a bundle, and say where it differs. Needs no settings and no database."""
    from service.domain.bundle_check import check  # noqa: PLC0415

    try:
        found = check(file.read_bytes())
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}.") from None
    another = bool(sha256) and sha256.strip().lower() != found.sha256
    if as_json:
        show_json(_as_json(found, another=another))
    else:
        _show(found, another=another, compared=bool(sha256))
    if another or not found.holds:
        raise typer.Exit(int(Exit.NO))


def _show(found: BundleCheck, *, another: bool, compared: bool) -> None:
    about = f"{found.manifest.get('reference', 'a bundle')} of {found.manifest.get('partnership', 'nobody known')}"
    verdict = "every byte is as it was written" if found.holds else "it is NOT as it was written"
    say(printable(f"{about}: {found.lines} lines, {verdict}. SHA-256 {found.sha256}"))
    for difference in found.differences:
        note(printable(f"convene: {difference.sentence}."))
    if another:
        note("convene: this is not the file that was exported: its SHA-256 is not the one given.")
    elif not compared:
        note("Compare the SHA-256 with the one the exporter gave (--sha256): only that tells a forged whole.")


def _as_json(found: BundleCheck, *, another: bool) -> dict[str, Any]:
    differences = [
        {"sentence": each.sentence, "line": each.line, "first_byte": each.first, "last_byte": each.last}
        for each in found.differences
    ]
    return {
        "holds": found.holds and not another,
        "is_the_exported_file": not another,
        "sha256": found.sha256,
        "lines": found.lines,
        "manifest": found.manifest,
        "differences": differences,
    }
