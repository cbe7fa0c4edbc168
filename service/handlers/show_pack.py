"""From a report pack to its page in words, for the page of the service and the file of the command."""

from __future__ import annotations

from service.domain.standard import Totals
from service.domain.three_questions import QUESTION_WORDS
from service.web.pack_page import ComparedRow, PackChapter, PackPage
from service.workflow.report_pack import ReportPack

_KIND = {"monthly": "Monthly pack", "annual": "Figures of the year"}


def pack_page(pack: ReportPack) -> PackPage:
    """The pack in words. The name of the partnership is its id, as in every report."""
    period = pack.period
    return PackPage(
        heading=f"{_KIND[period.kind]} of {pack.report.partnership}, {period.words}",
        said=(totals_words(pack.report.totals), *pack.said, f"Seal of the meetings counted: {pack.seal}."),
        now=period.words,
        before=period.before.words,
        chapters=tuple(
            PackChapter(
                QUESTION_WORDS[chapter.question],
                tuple(
                    ComparedRow(_opened(each.measure.words), each.now, each.before, each.change)
                    for each in chapter.compared
                ),
                chapter.tables,
                chapter.months,
            )
            for chapter in pack.chapters
        ),
    )


def totals_words(totals: Totals) -> str:
    """How many there were of everything, in a sentence."""
    counts = ((totals.meetings, "meetings"), (totals.children, "children"), (totals.cases, "cases"))
    told = ", ".join(f"{_number(count)} {what}" for count, what in counts)
    return f"{told}; cancelled and counted apart: {_number(totals.cancelled)} meetings."


def _number(count: int | None) -> str:
    return "under 5" if count is None else str(count)


def _opened(words: str) -> str:
    return words[:1].upper() + words[1:]
