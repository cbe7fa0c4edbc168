"""The codebook: every field and measure of the standard in words, written from the same data that counts them.

``convene report codebook`` prints it and docs/codebook.md keeps it, so that another partnership can adopt the standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from service.domain.bands import BAND_WORDS
from service.domain.measures import EVERY_MEASURE, Measure, Share
from service.domain.questions import LEFT_OUT_WORDS, SPLIT_WORDS, LeftOut
from service.domain.suppression import SMALLEST_SHOWN
from service.domain.three_questions import QUESTION_WORDS, Question, question_of

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "partnership": "the partnership's id",
        "from": "the first London day of the period; a meeting counts by its planned start",
        "to": "the last London day of the period, counted too; meetings still to come do not count",
        "publishable": f"yes: numbers under {SMALLEST_SHOWN} are hidden, with whatever would give them away",
        "circumstance": "only meetings whose request named this circumstance; empty: all",
        "age_band": "only meetings about a child of this band (unborn, 0-4, 5-17, 18+) at the request; empty: all",
        "unborn": "yes: only meetings about an unborn child; no: only the others; empty: all",
        "team": "only meetings of this team, by the sending system's word for it or the policy's; empty: all",
        "measure": "the measure's id, as below",
        "counts": "what one unit is: a meeting, a place (one agency's at one meeting), a child, a case, a chase",
        "split": "by what the lines are told apart",
        "key": 'the line; "all" is the whole measure, which need not be the sum of its lines',
        "words": "the line in plain words",
        "n": "how many of the denominator the numerator is true of",
        "of": "the denominator",
        "percent": "n of 100; empty where the denominator is 0",
        "low": "the lower end of the 95% Wilson interval, in percent",
        "high": "its upper end",
        "hidden": "yes where the figures are hidden because they are small, or would give a small one away",
        **{f"left_out_{why}": f"how many are left out because {LEFT_OUT_WORDS[why]}" for why in LeftOut},
    }
)
COLUMNS = tuple(FIELDS)

PACK_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "kind": "monthly: the pack for the strategic group; annual: a year's figures, April to March",
        "period": "the month (2026-10) or the year (2025-26)",
        "question": "which of the three questions the line answers",
        "before_n": "on a whole measure: its n over the period of the same kind before; empty where hidden",
        "before_of": "its denominator then",
        "before_percent": "its percentage then",
        "change": "higher or lower than then, only where the two 95% intervals have nothing in common",
    }
)
PACK_COLUMNS = tuple(PACK_FIELDS)

ROW_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "meeting": "the meeting's reference",
        "meeting_type": "its type",
        "policy": "the first 12 digits of the hash of the policy version that planned it",
        "team": "the team that holds the case, as the sending system calls it; empty: not said",
        "children": "how many children it was about",
        "unborn": "yes where one of them was not born at the request",
        "starts_at": "its planned start, UTC; empty: cancelled before it had one",
        "cancelled": "yes where it was called off",
        "cancelled_because": "the reason from the list",
        "in_time": "whether it met the policy's deadline; empty: none is set or known",
        "quorate": "whether the policy's quorum came; empty: none is set",
        "short_notice": "the reason given for short notice, by its code",
        "report_due_at": "by when its agencies' written reports were due, UTC; empty: the partnership has set no day",
        "minutes_due_at": "by when its minutes were due, UTC; empty: the partnership has set no day",
        "minutes_issued_at": "when its minutes were first issued, UTC; empty: they are not",
        "minutes_in_time": "whether that was by then; empty: no day is set, or it has not come and they are not out",
        "agency": "the role of the place",
        "level": "core, conditional or optional",
        "invited": "whether the last version of the invitation reached it, or it was phoned",
        "told_at": "when it was first told of that start, UTC",
        "seen_at": "when it is known to have seen that start, UTC; empty: nobody knows",
        "notice_owed": "the standard notice it was owed; empty: the partnership has set none",
        "notice_hours": "hours from being told to the start",
        "notice_working_hours": "of these, in its own working hours",
        "notice_kept": "whether it had the notice it was owed",
        "notice_kept_seen": "the same from when it is known to have seen it",
        "answer": "its last answer to the last version",
        "chases_sent": "how many chases were sent to it",
        "sitting": "1; a further sitting of an adjourned meeting has rows of its own, of those recorded for it",
        "joined": "yes where it was brought in during the meeting",
        "contribution": "what it brought: spoke_from_records, sent_information, none; empty: nobody has recorded it",
        "confirmed": "whether the chair has confirmed what is recorded; it counts either way",
        "outcome": "attended, represented, report_only, apologies, no_answer; empty: nobody has recorded it",
        "report_received_at": "when its written report came in, UTC; empty: none is recorded",
        "report_in_time": "whether that was by the day; no where none came; empty: no day is set, or it owes no report",
    }
)

_HEAD = """# Codebook of the standard

Written from the code by `convene report codebook`; a test holds the two together. Every figure of
`convene report standard` is one of the measures below, with its denominator, its n and its 95% Wilson interval. A trend
is called higher or lower only where two intervals have nothing in common; all else is "no clear change".

A meeting *took place* when its planned start has passed and it was not cancelled. *Notice* runs from the instant an
agency was first told of the start the meeting had at last (event and message both handed to Outlook, a message alone
for an inbox that is no guest of the event, or the phone call done) to that start: in elapsed time, and in the agency's
working hours as the directory has them now. A change of venue alone does not begin it anew. A figure the partnership
has not set is never counted as kept or broken. An attendance that the chair has not confirmed counts;
`attendance_confirmed` says how much is confirmed. A meeting that was adjourned is one meeting: each of its sittings
counts the agencies recorded for it, in the month of the first. *Participation* has no published definition; the three
measures of that name are three meanings of it, beside attendance, and none is Lewisham's published figure.
"""


def codebook() -> str:
    """The whole page, as Markdown."""
    return "\n".join((_HEAD, *_fields(), "## Measures\n", *map(_measure, EVERY_MEASURE), *_lists(), *_packs()))


def _fields() -> Iterator[str]:
    yield "## Fields of the CSV file\n"
    yield from _table(FIELDS)
    yield "## Fields of the rows behind it\n"
    yield "One row for each agency's place at each meeting (`convene report rows`); for use inside the partnership.\n"
    yield from _table(ROW_FIELDS)


def _table(fields: Mapping[str, str]) -> Iterator[str]:
    yield "| field | meaning |\n|---|---|"
    for name, meaning in fields.items():
        yield f"| `{name}` | {meaning} |"
    yield ""


def _measure(measure: Measure) -> str:
    rows = [f"### `{measure.id}`: {measure.words}\n"]
    rows += [
        "| | |\n|---|---|",
        f"| counts | {measure.counts} |",
        f"| numerator | {measure.numerator} |",
        f"| denominator | {measure.denominator} |",
        f"| left out | {measure.left_out} |",
        f"| source | {measure.source} |",
    ]
    if isinstance(measure, Share) and measure.splits:
        rows.append(f"| shown | {'; '.join(SPLIT_WORDS[split] for split in measure.splits)} |")
    return "\n".join((*rows, ""))


def _packs() -> Iterator[str]:
    yield "## Monthly pack and annual figures\n"
    yield "`convene report monthly --month 2026-10` and `convene report annual --year 2025-26` put the same measures"
    yield "under the three questions a partnership asks of its own work. The questions are those of results-based"
    yield "accountability; under which of them a measure stands is proposed by this service. A year begins in April.\n"
    yield "| question | measures |\n|---|---|"
    for question in Question:
        own = [f"`{measure.id}`" for measure in EVERY_MEASURE if question_of(measure.id) is question]
        yield f"| {QUESTION_WORDS[question]} (`{question}`) | {', '.join(own)} |"
    yield "\nTheir CSV file begins with these fields, then has those of the standard:\n"
    yield "| field | meaning |\n|---|---|"
    for name, meaning in PACK_FIELDS.items():
        yield f"| `{name}` | {meaning} |"
    yield "\nBeside the pack stands its *seal*: SHA-256 over the digests of the meetings counted, each over every fact"
    yield "of its meeting. `--rows FILE` writes that list (references, no names), so that whoever counts again finds"
    yield "the meeting that makes a figure another one. It is not for publication, and the publishable pack has none.\n"


def _lists() -> Iterator[str]:
    yield "## Bands\n"
    yield "| key | band |\n|---|---|"
    for key, told in BAND_WORDS.items():
        yield f"| `{key}` | {told} |"
    yield "\nA band begins at its first value and ends before the next band's; a working day is 8 working hours. A desk"
    yield "that is open round the clock has 24 in a day, so the same places are shown by elapsed hours too.\n"
    yield "## Small numbers\n"
    yield f"In the publishable variant a line is hidden where n, the rest or the whole is 1 to {SMALLEST_SHOWN - 1}, or"
    yield "all of it comes from so few meetings (six agencies at one meeting are one family);"
    yield "then further lines of its table, the smallest first, until those hidden cannot be worked out from the total."
    yield "Where a line left few out for a reason, no line of its table says how many were.\n"
    yield "Publications can be subtracted from one another. A figure is hidden too where that would leave a small"
    yield "number or few meetings: beside each month of a period of whole months (two to 36 of them), beside its"
    yield "calendar quarters together with these, and, for a narrowed report, beside the same period not narrowed or"
    yield "narrowed by only some of the same conditions.\n"
    yield "**What a publisher must not put side by side**, because nothing is hidden for it:\n"
    yield "- two periods that overlap and are not a whole and its months or calendar quarters: a rolling twelve"
    yield "  months each month, two years that begin in different months, days within a month, more than 36 months;"
    yield "- several values of one condition that together are all or nearly all: team by team, age band by age band,"
    yield "  circumstance by circumstance (born and unborn are safe, each being the rest of the other);"
    yield "- a narrowed report of one period beside one not narrowed of another that overlaps it;"
    yield "- the same period counted on two days, before and after something was recorded late or corrected;"
    yield "- anything of this beside the rows, which are for use inside the partnership only.\n"
