"""``convene report dip-verdict`` and ``dip-reviews``: a reviewer's verdicts on a kept sample, and the agreement."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.dip_sample import show_agreement
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import note, say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.queries.reviewed import KeptSample
    from service.workflow.dip_review import Reviewed
    from service.workflow.ports import Services

SealOption = Annotated[str, typer.Option(metavar="SEAL", help="The sample's seal, or how it begins.")]


class QuestionChoice(StrEnum):
    """What the reviewer judged."""

    QUORUM = "quorum"
    IN_TIME = "in_time"
    EVERY_AGENCY_CAME = "every_agency_came"
    EVERY_NOTICE_KEPT = "every_notice_kept"


class VerdictChoice(StrEnum):
    """What the reviewer found."""

    YES = "yes"
    NO = "no"


def dip_verdict(
    reference: ReferenceArgument,
    seal: SealOption,
    question: Annotated[QuestionChoice, typer.Option(help="What was judged.")],
    verdict: Annotated[VerdictChoice, typer.Option(help="What the reviewer found.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Keep, or correct, one verdict of a reviewer on a meeting of a kept sample."""

    async def act(settings: Settings, services: Services) -> bool:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.dip_review import keep_verdict  # noqa: PLC0415

        name, reader = partnership_in(settings, partnership), Reader(actor_of(by), services.now())
        said = verdict is VerdictChoice.YES
        return await keep_verdict(services, name, seal, reference, question.value, verdict=said, reader=reader)

    new = with_services(act)
    say(f"{reference}, {question.replace('_', ' ')}: {verdict}{'' if new else ', as it was said before'}.")


def dip_reviews(
    seal: Annotated[
        str, typer.Argument(metavar="SEAL", help="One sample's seal, or how it begins; all if left out.")
    ] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """List the kept samples, or show what was said of one and how far reviewer and system agree."""
    if seal:
        _show_one(seal, partnership, by, as_json=as_json)
        return

    async def act(settings: Settings, services: Services) -> list[KeptSample]:
        from service.workflow.dip_review import samples  # noqa: PLC0415

        return await samples(services, partnership_in(settings, partnership))

    found = with_services(act)
    if as_json:
        show_json([asdict(each) for each in found])
        return
    columns = ("seal", "from", "to", "size", "seed", "strata", "verdicts")
    rows = [(each.seal[:16], each.first, each.last, each.size, each.seed, each.strata, each.verdicts) for each in found]
    show_table("Kept samples", columns, rows)


def _show_one(seal: str, partnership: str, by: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> Reviewed:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.dip_review import reviewed  # noqa: PLC0415

        reader = Reader(actor_of(by), services.now())
        return await reviewed(services, partnership_in(settings, partnership), seal, reader=reader)

    found = with_services(act)
    if as_json:
        # Not the sample itself: it names meetings of restricted cases.
        show_json(
            {
                "kept": asdict(found.kept),
                "verdicts": [asdict(each) for each in found.verdicts],
                "withheld": found.withheld,
                "agreement": [asdict(each) for each in found.agreement],
            }
        )
        return
    columns = ("meeting", "question", "reviewer said", "system said then", "who")
    rows = [
        (each.reference, each.question.replace("_", " "), "yes" if each.verdict else "no", each.system_said,
         each.reviewer)
        for each in found.verdicts
    ]  # fmt: skip
    show_table(f"Sample {found.kept.seal[:16]}", columns, rows)
    if found.withheld:
        note(f"Meetings of restricted cases, shown only to the people named for them: {found.withheld}.")
    show_agreement(found.agreement)
