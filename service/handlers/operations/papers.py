"""Decisions and minutes, and who opened them."""

from __future__ import annotations

from service.handlers import api_papers
from service.handlers.operations.shape import ACT, MEETING, OF_MEETING, READ, Operation

PAPERS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{MEETING}/decisions",
        "getDecisions",
        "The decisions by number, without their words, and which agencies have opened them",
        api_papers.PapersShown,
        parameters=OF_MEETING,
        problems=READ,
    ),
    Operation(
        "POST",
        f"{MEETING}/decisions",
        "agreeDecisions",
        "What the chair agrees; its words are sealed, and every agency may open its part at once",
        api_papers.PapersAgreed,
        body=api_papers.PapersBody,
        parameters=OF_MEETING,
        problems=(*ACT, 410),
    ),
    Operation(
        "POST",
        f"{MEETING}/decisions/open",
        "openDecisions",
        "Read an agency its part, after calling it back; the opening is its receipt",
        api_papers.PapersOpened,
        body=api_papers.OpenBody,
        parameters=OF_MEETING,
        problems=(*ACT, 410),
    ),
    Operation(
        "GET",
        f"{MEETING}/minutes",
        "getMinutes",
        "The minutes by number, without their words, and which agencies have opened them",
        api_papers.PapersShown,
        parameters=OF_MEETING,
        problems=READ,
    ),
    Operation(
        "POST",
        f"{MEETING}/minutes",
        "agreeMinutes",
        "Parts of the minutes as the chair agrees them; agencies see them once they are issued",
        api_papers.PapersAgreed,
        body=api_papers.PapersBody,
        parameters=OF_MEETING,
        problems=(*ACT, 410),
    ),
    Operation(
        "POST",
        f"{MEETING}/minutes/issue",
        "issueMinutes",
        "Issue every agreed part of the minutes",
        api_papers.MinutesIssued,
        body=api_papers.IssueBody,
        parameters=OF_MEETING,
        problems=ACT,
    ),
    Operation(
        "POST",
        f"{MEETING}/minutes/open",
        "openMinutes",
        "Read an agency its part of the minutes, after calling it back; the opening is its receipt",
        api_papers.PapersOpened,
        body=api_papers.OpenBody,
        parameters=OF_MEETING,
        problems=(*ACT, 410),
    ),
)
