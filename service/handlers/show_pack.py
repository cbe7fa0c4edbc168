"""From a report pack to its page in words, for the page of the service and the file of the command."""

from __future__ import annotations

from service.domain.three_questions import QUESTION_WORDS
from service.web.pack_page import ComparedRow, PackChapter, PackPage
from service.workflow.report_pack import ReportPack
from service.workflow.standard_forms import place_words, totals_words

_KIND = {"monthly": "Monthly pack", "annual": "Figures of the year"}


def pack_page(pack: ReportPack) -> PackPage:
    """The pack in words."""
    period = pack.period
    return PackPage(
        heading=f"{_KIND[period.kind]} of {place_words(pack.report.partnership)}, {period.words}",
        said=(f"{totals_words(pack.report)}.", *pack.said, f"Seal of the meetings counted: {pack.seal}."),
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


def _opened(words: str) -> str:
    return words[:1].upper() + words[1:]
