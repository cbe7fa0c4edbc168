"""Dissent from a decision and refused requests, about a meeting or without one."""

from __future__ import annotations

from collections.abc import Iterator

from service.handlers import api_disagreements as api
from service.handlers.operations.shape import ACT, MEETING, OF_MEETING, READ, Operation

_ALONE = ("partnership",)


def _both(base: str, of: tuple[str, ...], end: str, where: str) -> Iterator[Operation]:
    """The operations that are the same for those about a meeting and those without one."""
    one, path = (*of, "disagreement"), f"{base}/disagreements"
    yield Operation(
        "GET",
        path,
        f"list{end}",
        f"The disagreements {where}, without their words, and the stage of the ladder each stands at",
        api.DisagreementsShown,
        parameters=of,
        problems=READ,
    )
    yield Operation(
        "POST",
        f"{path}/{{disagreement}}/further",
        f"takeFurther{end}",
        f"Take one {where} to the next stage of the partnership's ladder",
        api.DisagreementsShown,
        parameters=one,
        problems=ACT,
    )
    yield Operation(
        "POST",
        f"{path}/{{disagreement}}/settle",
        f"settle{end}",
        f"One {where} is settled, and how",
        api.DisagreementsShown,
        body=api.SettleBody,
        parameters=one,
        problems=(*ACT, 410),
    )
    yield Operation(
        "POST",
        f"{path}/{{disagreement}}/open",
        f"open{end}",
        f"Read what one {where} says; the audit keeps who read it, and why",
        api.DisagreementOpened,
        body=api.ReadBody,
        parameters=one,
        problems=(*ACT, 410),
    )


DISAGREEING: tuple[Operation, ...] = (
    Operation(
        "POST",
        f"{MEETING}/disagreements",
        "raiseDisagreement",
        "An agency dissents from a decision, or refuses to come or to give information; the same words twice are one",
        api.DisagreementRaised,
        body=api.DisagreementBody,
        parameters=OF_MEETING,
        problems=(*ACT, 410),
    ),
    *_both(MEETING, OF_MEETING, "Disagreements", "about a meeting"),
    Operation(
        "POST",
        "/api/v1/disagreements",
        "raiseRefusedMeeting",
        "An agency asked for a strategy meeting and was refused; each call is one of its own",
        api.DisagreementRaised,
        body=api.RefusedMeetingBody,
        problems=ACT,
    ),
    *_both("/api/v1", _ALONE, "RefusedMeetings", "without a meeting"),
)
