"""The statement behind the standard: meetings with their places, children and what became of each, a batch at a time.

Each part is gathered once for the whole batch and joined, instead of asked for place by place: over a year's meetings
that is the difference between seconds and minutes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from service.domain.calls import TELLS
from service.domain.hours import OFFICE
from service.store import tables as t

_M, _R, _I, _P = t.meetings.c, t.requirements.c, t.invitations.c, t.papers.c
# Office hours stand for those of an agency the directory does not have.
_OFFICE, _NONE = str(OFFICE), cast([], JSON)
WHEN: ColumnElement[Any] = func.coalesce(_M.starts_at, _M.created_at)

# An inbox that is no guest of the event is told by its message alone.
_HANDED_AT = case(
    (t.inboxes.c.channel != "outlook", _I.message_handed_at),
    (
        and_(_I.message_handed_at.is_not(None), _I.event_handed_at.is_not(None)),
        func.greatest(_I.message_handed_at, _I.event_handed_at),
    ),
)


def _batch(partnership: str) -> CTE:
    wanted = select(_M.id, _M.version, _M.starts_at, _M.mode).where(_M.partnership_id == partnership)
    return wanted.where(_M.id == func.any(bindparam("ids", type_=ARRAY(UuidType)))).cte("batch")


def _asked(batch: CTE) -> CTE:
    """Each place's invitations in one pass; ``elsewhere``: the last version that asked it to another start, if any."""
    here = _I.starts_at == batch.c.starts_at
    return (
        select(
            _I.requirement_id,
            func.min(_I.starts_at).filter(here).label("start"),
            func.max(_I.version).filter(_I.starts_at != batch.c.starts_at).label("elsewhere"),
            func.min(_I.version).filter(here).label("since"),
            func.min(_HANDED_AT).filter(here).label("at"),
            func.bool_or(and_(_I.version == batch.c.version, _HANDED_AT.is_not(None))).label("reached"),
        )
        .join(batch, batch.c.id == _I.meeting_id)
        .join(t.inboxes, t.inboxes.c.id == _I.inbox_id)
        .group_by(_I.requirement_id)
        .cte("asked")
    )


def _told(asked: CTE) -> CTE:
    """When a place first heard of the last start in writing, and by which version.

    Only the few places that were once asked elsewhere are looked at again: what they were told before that was of
    another time, though the meeting may have come back to this one.
    """
    later = (
        select(_I.requirement_id, func.min(_HANDED_AT).label("at"), func.min(_I.version).label("since"))
        .join(asked, asked.c.requirement_id == _I.requirement_id)
        .join(t.inboxes, t.inboxes.c.id == _I.inbox_id)
        .where(asked.c.elsewhere.is_not(None), _I.version > asked.c.elsewhere, _I.starts_at == asked.c.start)
        .group_by(_I.requirement_id)
        .cte("asked_again")
    )
    never_elsewhere = asked.c.elsewhere.is_(None)
    return (
        select(
            asked.c.requirement_id,
            case((never_elsewhere, asked.c.at), else_=later.c.at).label("at"),
            case((never_elsewhere, asked.c.since), else_=later.c.since).label("since"),
            asked.c.elsewhere,
            asked.c.reached,
        )
        .outerjoin(later, later.c.requirement_id == asked.c.requirement_id)
        .cte("told")
    )


def _phoned(batch: CTE) -> CTE:
    """Places told by a phone call, and when of the last start: an earlier call may have named another one."""
    told = union_all(_phone_tasks(batch), _calls(batch)).subquery("by_phone")
    return select(told.c.requirement_id, func.min(told.c.at).label("at")).group_by(told.c.requirement_id).cte("phoned")


def _phone_tasks(batch: CTE) -> Select[Any]:
    c = t.tasks.c
    key = func.concat("phone_invitation:", batch.c.id, ":", c.requirement_id, ":", batch.c.version)
    return (
        select(c.requirement_id, case((c.key == key, c.closed_at)).label("at"))
        .join(batch, batch.c.id == c.meeting_id)
        .where(c.kind == "phone_invitation", c.state == "done")
    )


def _calls(batch: CTE) -> Select[Any]:
    """As ``domain.calls.told_at``: a call before there was any time tells of a discussion begun by phone only."""
    c = t.calls.c
    invited = select(_I.id).where(_I.meeting_id == batch.c.id, _I.version == batch.c.version).exists()
    begun_by_phone = and_(batch.c.mode == "phone", ~invited)
    about_it = or_(
        c.about_start == batch.c.starts_at,
        and_(c.about_start.is_(None), c.version == batch.c.version, begun_by_phone),
    )
    return (
        select(c.requirement_id, case((about_it, c.called_at)).label("at"))
        .join(batch, batch.c.id == c.meeting_id)
        .where(c.outcome.in_(sorted(TELLS)))
    )


def _answered(batch: CTE, told: CTE) -> CTE:
    """The last answer to the last version, and the first one to the last start: then the place had seen it."""
    a = t.answers.c
    about_this_start = and_(
        or_(a.version == batch.c.version, a.version >= told.c.since),
        a.version > func.coalesce(told.c.elsewhere, 0),
    )
    newest_first = func.array_agg(aggregate_order_by(a.answer, a.answered_at.desc(), a.id.desc()))
    return (
        select(
            a.requirement_id,
            newest_first.filter(a.version == batch.c.version).label("said"),
            func.min(a.answered_at).filter(about_this_start).label("seen_at"),
        )
        .join(batch, batch.c.id == a.meeting_id)
        .outerjoin(told, told.c.requirement_id == a.requirement_id)
        .where(a.requirement_id.is_not(None))
        .group_by(a.requirement_id)
        .cte("answered")
    )


def _chased(batch: CTE) -> CTE:
    c = t.chases.c
    fate = case((c.state == "not_sent", func.coalesce(c.not_sent_because, "not_said")), else_="sent")
    return (
        select(c.requirement_id, func.json_agg(aggregate_order_by(fate, c.version, c.step)).label("fates"))
        .join(batch, batch.c.id == c.meeting_id)
        .where(c.state.in_(("handed", "sent", "not_sent")))
        .group_by(c.requirement_id)
        .cte("chased")
    )


def _opened(batch: CTE) -> CTE:
    """Whether a place has a receipt for every decision that concerns it and that no later one corrects."""
    later, concerns = t.papers.alias("later"), _P.concerns
    corrected = select(later.c.id).where(later.c.replaces_id == _P.id).correlate(t.papers).exists()
    receipt = and_(t.receipts.c.requirement_id == _R.id, t.receipts.c.paper_id == _P.id)
    return (
        select(_R.id.label("requirement_id"), func.bool_and(t.receipts.c.id.is_not(None)).label("every"))
        .select_from(t.papers.join(batch, batch.c.id == _P.meeting_id))
        .join(t.requirements, and_(_R.meeting_id == _P.meeting_id, _R.state != "withdrawn"))
        .outerjoin(t.receipts, receipt)
        .where(_P.kind == "decision", ~corrected, or_(func.cardinality(concerns) == 0, _R.id == func.any(concerns)))
        .group_by(_R.id)
        .cte("opened")
    )


def _issued(batch: CTE) -> CTE:
    """When minutes of a meeting were first issued; corrections and further parts change nothing about it."""
    return (
        select(_P.meeting_id, func.min(_P.issued_at).label("at"))
        .join(batch, batch.c.id == _P.meeting_id)
        .where(_P.kind == "minutes")
        .group_by(_P.meeting_id)
        .cte("issued")
    )


def _recorded(batch: CTE) -> CTE:
    """Every recorded attendance of the batch, read once; what a machine proposes is not recorded.

    ``first``: at the first sitting. A yes or no, since the planner takes any number it cannot look up to be a rare one
    and would then go through all of these for every place.
    """
    a = t.attendances.c
    return (
        select(
            *(a.meeting_id, a.requirement_id, a.sitting, a.outcome, a.contribution, a.state),
            (a.sitting == 1).label("first"),
        )
        .join(batch, batch.c.id == a.meeting_id)
        .where(a.state != "proposed")
        .cte("recorded")
    )


def _places(batch: CTE, recorded: CTE) -> CTE:
    """The places of each meeting as JSON arrays, in the order in which ``queries.standard`` reads them."""
    told, phoned, chased = _told(_asked(batch)), _phoned(batch), _chased(batch)
    answered, opened = _answered(batch, told), _opened(batch)
    a = recorded.c
    outcome = a.outcome
    place = func.json_build_array(
        _R.role,
        _R.agency_group,
        _R.level,
        # The same rule as ``queries.attendance``: the last version handed over, or a phone call done. Whoever is
        # phoned while the meeting sits was not asked beforehand.
        and_(
            _R.state != "joined",
            or_(func.coalesce(told.c.reached, literal(value=False)), phoned.c.requirement_id.is_not(None)),
        ),
        outcome,
        _R.notice_standard,
        func.coalesce(t.inboxes.c.hours, _OFFICE),
        answered.c.said[1],
        func.coalesce(chased.c.fates, _NONE),
        a.contribution,
        func.coalesce(a.state, "") == "confirmed",
        _R.state == "joined",
        opened.c.every,
        1,
        case((_R.state != "joined", func.least(told.c.at, phoned.c.at))),
        case((_R.state != "joined", func.least(answered.c.seen_at, phoned.c.at))),
        t.reports_received.c.received_at,
    )
    joined = t.requirements.join(batch, batch.c.id == _R.meeting_id)
    joined = joined.outerjoin(t.inboxes, t.inboxes.c.id == _R.inbox_id)
    joined = joined.outerjoin(recorded, and_(a.requirement_id == _R.id, a.first))
    joined = joined.outerjoin(t.reports_received, t.reports_received.c.requirement_id == _R.id)
    for part in (told, phoned, answered, chased, opened):
        joined = joined.outerjoin(part, part.c.requirement_id == _R.id)
    return (
        select(_R.meeting_id, func.json_agg(aggregate_order_by(place, _R.role, _R.slot)).label("places"))
        .select_from(joined)
        .where(or_(_R.state.not_in(("withdrawn", "joined")), outcome.is_not(None)))
        .group_by(_R.meeting_id)
        .cte("placed")
    )


def _later(recorded: CTE) -> CTE:
    """What is recorded of each meeting's further sittings, as JSON arrays in the order ``queries.standard`` reads."""
    a = recorded.c
    place = func.json_build_array(
        _R.role,
        _R.agency_group,
        _R.level,
        a.outcome,
        a.contribution,
        a.state == "confirmed",
        _R.state == "joined",
        a.sitting,
    )
    return (
        select(a.meeting_id, func.json_agg(aggregate_order_by(place, a.sitting, _R.role, _R.slot)).label("places"))
        .join(t.requirements, _R.id == a.requirement_id)
        .where(~a.first)
        .group_by(a.meeting_id)
        .cte("later")
    )


def _enquiries(partnership: str, batch: CTE) -> CTE:
    """The actual starts of enquiries in the cases of this batch's initial conferences."""
    r, m, o = t.requests.c, t.meetings.c, t.meeting_outcomes.c
    conferences = (
        select(r.case_ref)
        .join(t.meetings, m.request_id == r.id)
        .join(batch, batch.c.id == m.id)
        .where(m.meeting_type == "icpc")
    )
    return (
        select(r.case_ref, o.s47_started_at)
        .select_from(t.requests)
        .join(t.meetings, m.request_id == r.id)
        .join(t.meeting_outcomes, o.meeting_id == m.id)
        .where(r.partnership_id == partnership, r.case_ref.in_(conferences), o.s47_started_at.is_not(None))
        .cte("enquiries")
    )


def _enquiry_started(enquiries: CTE) -> ScalarSelect[Any]:
    """When the last enquiry of the case before this meeting actually started."""
    c = enquiries.c
    return (
        select(func.max(c.s47_started_at))
        .where(c.case_ref == t.requests.c.case_ref, c.s47_started_at <= _M.starts_at)
        .correlate(t.meetings, t.requests)
        .scalar_subquery()
    )


def _children() -> ScalarSelect[Any]:
    c = t.children.c
    return (
        select(func.json_agg(aggregate_order_by(func.json_build_array(c.ref, c.age_band), c.ref)))
        .where(c.request_id == _M.request_id)
        .correlate(t.meetings)
        .scalar_subquery()
    )


def _at_medical() -> ScalarSelect[Any]:
    """Who was at the meeting's medical, as recorded."""
    a = t.medical_attendances.c
    return (
        select(func.json_object_agg(a.who, a.came))
        .where(a.medical_id == t.medicals.c.id)
        .correlate(t.medicals)
        .scalar_subquery()
    )


def _not_held() -> ScalarSelect[Any]:
    """Why the meeting could not be held on the last such day."""
    n = t.not_held.c
    return (
        select(n.because)
        .where(n.meeting_id == _M.id)
        .order_by(n.recorded_at.desc(), n.id.desc())
        .limit(1)
        .correlate(t.meetings)
        .scalar_subquery()
    )


def facts_of_batch(partnership: str) -> Select[Any]:
    """One row for each meeting whose id is in ``ids``, by start and reference."""
    batch = _batch(partnership)
    recorded, issued = _recorded(batch), _issued(batch)
    places, later = _places(batch, recorded), _later(recorded)
    r = t.requests.c
    return (
        select(
            _M.reference,
            r.case_ref,
            func.to_char(func.timezone("Europe/London", WHEN), "YYYY-MM"),
            _M.meeting_type,
            _M.policy_hash,
            _M.starts_at,
            _M.state == "cancelled",
            _M.deadline_at,
            _M.cancelled_because,
            func.coalesce(_M.short_notice_code, _M.short_notice_reason),
            _M.inquorate_reason,
            r.facts["initiating_sd_at"].astext,
            r.facts["case"]["team"].astext,
            _M.team,
            _M.minutes_due_at,
            issued.c.at,
            r.facts["case"]["circumstances"],
            _children(),
            # As text: the reader has a decoder of its own for these.
            cast(places.c.places, Text),
            later.c.places,
            _enquiry_started(_enquiries(partnership, batch)),
            t.meeting_outcomes.c.id.is_not(None),
            t.meeting_outcomes.c.s47_started_at,
            t.medicals.c.state,
            t.medicals.c.reason_code,
            t.medicals.c.starts_at,
            _at_medical(),
            _not_held(),
        )
        .select_from(t.meetings.join(batch, batch.c.id == _M.id))
        .join(t.requests, r.id == _M.request_id)
        .outerjoin(t.meeting_outcomes, t.meeting_outcomes.c.meeting_id == _M.id)
        .outerjoin(t.medicals, t.medicals.c.meeting_id == _M.id)
        .outerjoin(places, places.c.meeting_id == _M.id)
        .outerjoin(later, later.c.meeting_id == _M.id)
        .outerjoin(issued, issued.c.meeting_id == _M.id)
        .where(_M.partnership_id == partnership)
        .order_by(WHEN, _M.reference)
    )
