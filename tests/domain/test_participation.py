"""What participation can mean, each meaning over everything that can be recorded."""

from __future__ import annotations

import pytest

from service.domain.attendance import Contribution, Outcome
from service.domain.participation import PARTICIPATION_WORDS, Participation, participated

OUT, C = Outcome, Contribution
ORDER = (Participation.CAME, Participation.CAME_OR_WROTE, Participation.CONTRIBUTED, Participation.CAME_AND_SPOKE)
# Came, came or wrote, contributed, came and spoke; None: nobody recorded what that meaning asks for.
CASES: dict[str, tuple[Outcome, Contribution | None, tuple[bool | None, ...]]] = {
    "came and spoke": (OUT.ATTENDED, C.SPOKE_FROM_RECORDS, (True, True, True, True)),
    "came with a paper": (OUT.ATTENDED, C.SENT_INFORMATION, (True, True, True, False)),
    "came and said nothing": (OUT.ATTENDED, C.NONE, (True, True, False, False)),
    "came, nobody wrote what it brought": (OUT.ATTENDED, None, (True, True, None, None)),
    "a deputy spoke": (OUT.REPRESENTED, C.SPOKE_FROM_RECORDS, (True, True, True, True)),
    "a deputy, nobody wrote what they brought": (OUT.REPRESENTED, None, (True, True, None, None)),
    "a GP's report alone": (OUT.REPORT_ONLY, None, (False, True, True, False)),
    "a report, and its contribution said too": (OUT.REPORT_ONLY, C.SENT_INFORMATION, (False, True, True, False)),
    "apologies with information": (OUT.APOLOGIES, C.SENT_INFORMATION, (False, True, True, False)),
    "apologies": (OUT.APOLOGIES, None, (False, False, False, False)),
    "no answer": (OUT.NO_ANSWER, None, (False, False, False, False)),
    "no answer, and nothing brought": (OUT.NO_ANSWER, C.NONE, (False, False, False, False)),
}


@pytest.mark.parametrize(("outcome", "contribution", "expected"), CASES.values(), ids=CASES.keys())
def test_participation_by_each_meaning(
    outcome: Outcome, contribution: Contribution | None, expected: tuple[bool | None, ...]
) -> None:
    assert tuple(participated(reading, outcome, contribution) for reading in ORDER) == expected


def test_every_meaning_has_words_and_a_place_in_the_table() -> None:
    assert set(ORDER) == set(Participation) == set(PARTICIPATION_WORDS)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("contribution", [None, *Contribution])
def test_a_wider_meaning_never_counts_less(outcome: Outcome, contribution: Contribution | None) -> None:
    came, or_wrote, contributed, spoke = (participated(reading, outcome, contribution) for reading in ORDER)
    assert or_wrote or not came
    assert or_wrote or not contributed
    assert came or not spoke
