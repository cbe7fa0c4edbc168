"""From the records to what a meeting's page, the API and the command line say of decisions and minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from service.domain.disagreeing import Disagreement
from service.domain.papers import Kind, Receipt
from service.domain.roles import words as role_words
from service.store.queries.papers import PaperPlace
from service.web.papers_words import (
    PapersRow,
    PapersSection,
    clock_sentence,
    decision_sentences,
    disagreement_sentence,
    minutes_sentences,
    receipt_words,
)
from service.workflow.papers import PapersStanding


def titles_of(places: Iterable[PaperPlace]) -> dict[UUID, str]:
    """The words of each place; two of one role are told apart by their slot."""
    places = list(places)
    doubled = {role for role, number in Counter(place.role for place in places).items() if number > 1}
    return {
        place.id: f"{role_words(place.role)}, {place.slot}" if place.role in doubled else role_words(place.role)
        for place in places
    }


def papers_section(
    standing: PapersStanding,
    disagreements: Sequence[Disagreement],
    now: datetime,
    people: Mapping[str, str],
) -> PapersSection:
    """Every decision and part of the minutes by number, and agency by agency what it has opened."""
    titles = titles_of(each.place for each in standing.places)
    said = decision_sentences(standing.decisions, titles, people), minutes_sentences(standing.minutes, titles, people)
    rows = (
        PapersRow(
            titles[each.place.id][:1].upper() + titles[each.place.id][1:],
            receipt_words(each.decisions, each.place.state),
            receipt_words(each.minutes, each.place.state),
        )
        for each in standing.places
    )
    return PapersSection(
        (*said[0], *said[1], clock_sentence(standing.clock, now), *map(disagreement_sentence, disagreements)),
        tuple(rows) if standing.decisions or standing.minutes else (),
    )


def papers_shown(standing: PapersStanding, kind: str, now: datetime) -> dict[str, Any]:
    """The papers of one kind and who has opened them, for programs: what ``api_papers.PapersShown`` describes."""
    decisions = kind == Kind.DECISION
    return {
        "due_at": None if decisions else standing.clock.due_at,
        "in_time": None if decisions else standing.clock.in_time(now),
        "papers": [
            {
                "number": paper.number,
                "agreed_by": paper.agreed_by,
                "agreed_at": paper.agreed_at,
                "issued_at": paper.issued_at,
                "concerns": [
                    {"role": each.place.role, "slot": each.place.slot}
                    for each in standing.places
                    if each.place.id in paper.concerns
                ],
            }
            for paper in (standing.decisions if decisions else standing.minutes)
        ],
        "agencies": [
            {
                "role": each.place.role,
                "slot": each.place.slot,
                **_receipt(each.decisions if decisions else each.minutes, each.place.state),
            }
            for each in standing.places
        ],
    }


def _receipt(own: Receipt, state: str) -> dict[str, Any]:
    return {
        "of": own.of,
        "opened": own.opened,
        "complete": own.complete,
        "words": receipt_words(own, state),
        "opener": own.last.opener if own.last else None,
        "proof": str(own.last.proof) if own.last else None,
        "opened_at": own.last.opened_at if own.last else None,
    }
