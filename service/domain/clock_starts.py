"""The instants from which deadlines count: which they are, their words, and where a request holds each.

A request that does not hold one leaves the deadline unknown. It is then said so; nothing stands in for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from service.domain.facts import RequestFacts


class ClockStart(StrEnum):
    """The instant a deadline counts from. ``initiating_sd``, ``last_sd``: which strategy discussion starts it."""

    CONCERN_RECORDED = "concern_recorded"
    ACTION_TAKEN = "action_taken"
    DECISION = "decision"
    PREVIOUS_DISCUSSION = "previous_discussion"
    MISSING_SINCE = "missing_since"
    INITIATING_SD = "initiating_sd"
    LAST_SD = "last_sd"
    ICPC = "icpc"
    PREVIOUS_REVIEW = "previous_review"
    WRITTEN_NOTIFICATION = "written_notification"
    LADO_REFERRAL = "lado_referral"
    BIRTH = "birth"
    EXPECTED_DELIVERY = "expected_delivery"


CLOCK_WORDS: Mapping[ClockStart, str] = MappingProxyType(
    {
        ClockStart.CONCERN_RECORDED: "the concern being recorded",
        ClockStart.ACTION_TAKEN: "the emergency action",
        ClockStart.DECISION: "the decision that it is needed",
        ClockStart.PREVIOUS_DISCUSSION: "the discussion before it",
        ClockStart.MISSING_SINCE: "the child going missing",
        ClockStart.INITIATING_SD: "the strategy discussion that started the section 47 enquiry",
        ClockStart.LAST_SD: "the last strategy discussion",
        ClockStart.ICPC: "the initial conference",
        ClockStart.PREVIOUS_REVIEW: "the review before it",
        ClockStart.WRITTEN_NOTIFICATION: "the written notification",
        ClockStart.LADO_REFERRAL: "the referral to the LADO",
        ClockStart.BIRTH: "the birth",
        ClockStart.EXPECTED_DELIVERY: "the expected delivery date",
    }
)

CONFERENCE_CLOCKS: frozenset[ClockStart] = frozenset({ClockStart.INITIATING_SD, ClockStart.LAST_SD})

_FACTS: Mapping[ClockStart, str] = MappingProxyType(
    {
        ClockStart.CONCERN_RECORDED: "concern_recorded_at",
        ClockStart.ACTION_TAKEN: "action_taken_at",
        ClockStart.DECISION: "decided_at",
        ClockStart.PREVIOUS_DISCUSSION: "last_sd_at",
        ClockStart.MISSING_SINCE: "missing_since",
        ClockStart.INITIATING_SD: "initiating_sd_at",
        ClockStart.LAST_SD: "last_sd_at",
        ClockStart.ICPC: "icpc_at",
        ClockStart.PREVIOUS_REVIEW: "previous_review_at",
        ClockStart.WRITTEN_NOTIFICATION: "written_notification_at",
        ClockStart.LADO_REFERRAL: "lado_referral_at",
        ClockStart.BIRTH: "birth_clock_at",
        ClockStart.EXPECTED_DELIVERY: "delivery_clock_at",
    }
)


def clock_instant(start: ClockStart, facts: RequestFacts) -> datetime | None:
    """The instant (aware, UTC) a clock starts from, read off the request; None when the request does not hold it."""
    found: datetime | None = getattr(facts, _FACTS[start])
    return found
