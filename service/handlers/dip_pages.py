"""The dip sample: drawn by months, number and seed, reviewed meeting by meeting, and counted with its likely range."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import date_words, local_date, words
from service.domain.periods import Period, PeriodError, month_of
from service.domain.questions import LEFT_OUT_WORDS, LeftOut
from service.handlers.access import person_of, reader_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_worklist import kind_words
from service.store.queries.reviewed import KeptSample, KeptVerdict
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.web.dip_pages import (
    NOT_SET_WORDS,
    QUESTION_WORDS,
    SAID_WORDS,
    AgreementLine,
    DrawPage,
    MeetingLine,
    ReviewPage,
    SaidCell,
    SampleLine,
    SamplePage,
)
from service.web.wording import actor_words, as_begun
from service.workflow.dip_review import Reviewed, keep_sample, keep_verdicts, reviewed, samples
from service.workflow.dip_sample import VERDICTS, Agreement, BadSheetError, SampledMeeting, as_csv, dip_sample
from service.workflow.errors import BadTimeError
from service.workflow.report import percent_text

_MONTHS = 24
# Ours: more than this nobody reads in one go; a larger sample: convene report dip-sample.
MOST_MEETINGS = 200
_LONGEST_SEED = 80
_SHORTEST_SEAL = 16
_NOT_THERE = "There is nothing at this address."


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/reports/dip-samples: the form, and the samples that were kept. Changes nothing."""
    return await _page(request, {}, {})


async def draw(request: web.Request) -> web.Response:
    """POST /{partnership}/reports/dip-samples: draw one and keep its months, number, seed and seal; the same again is
    the one that is kept."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    said = {name: clean_text(sent.get(name, ""))[:200] for name in ("first", "last", "size", "seed")}
    errors = _faults(said)
    if errors:
        return await _page(request, said, errors, status=422)
    first, last = month_of(said["first"]), month_of(said["last"])
    try:
        found = await dip_sample(
            services, partnership, first.first, last.last, size=int(said["size"]), seed=said["seed"]
        )
    except BadTimeError as error:
        return await _page(request, said, {"last": str(error)}, status=422)
    if not found.frame:
        nobody = {"last": "No meeting took place in these months, so there is nothing to draw"}
        return await _page(request, said, nobody, status=422)
    await keep_sample(services, partnership, found, actor=person_of(request).actor(partnership))
    raise web.HTTPSeeOther(f"{_home(request)}/{found.sample.seal}")


def _faults(said: Mapping[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    months: dict[str, Period] = {}
    for name in ("first", "last"):
        try:
            months[name] = month_of(said[name])
        except PeriodError:
            errors[name] = "Choose a month"
    if len(months) == 2 and months["last"].first < months["first"].first:
        errors["last"] = "The last month must not be before the first"
    size = said["size"]
    if not (size.isascii() and size.isdigit() and 1 <= int(size[:9]) <= MOST_MEETINGS):
        errors["size"] = f"Enter a whole number from 1 to {MOST_MEETINGS}"
    if not said["seed"] or len(said["seed"]) > _LONGEST_SEED:
        errors["seed"] = f"Enter a word of up to {_LONGEST_SEED} characters"
    return errors


async def one(request: web.Request) -> web.Response:
    """GET …/dip-samples/{seal}: its meetings and the agreement; ?format=csv the sheet. Changes nothing."""
    found = await _reviewed(request)
    if request.query.get("format") == "csv":
        name = f"dip-sample-{found.kept.first}-{found.kept.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(text=as_csv(found.sample), content_type="text/csv", charset="utf-8", headers=headers)
    return render_template("dip_sample.html", request, {"view": await _sample(request, found)})


async def ask(request: web.Request) -> web.Response:
    """GET …/dip-samples/{seal}/{reference}: the questions about one meeting. Changes nothing."""
    found = await _reviewed(request)
    row = _row(request, found)
    said = {each.question: each for each in found.verdicts if each.reference == row.reference}
    partnership, here = partnership_in(request), f"{_home(request)}/{found.kept.seal}"
    may_open = staff_may(person_of(request).roles[partnership], Permission.STAFF_READ)
    view = ReviewPage(
        heading=f"Review meeting {row.reference}",
        action=f"{here}/{row.reference}",
        back_href=f"{here}#{row.reference}",
        meeting_href=f"/{partnership}/meetings/{row.reference}" if may_open else "",
        summary=_about(request, row),
        questions=tuple(
            (name, QUESTION_WORDS[name], _said(name, system), _verdict(said.get(name), yes="yes", no="no", unsaid=""))
            for name, system in zip(VERDICTS, row.says, strict=True)
        ),
    )
    return render_template("dip_review.html", request, {"view": view})


async def keep(request: web.Request) -> web.Response:
    """POST …/dip-samples/{seal}/{reference}: keep what the reviewer said; what was not looked at is left as it was."""
    found, sent = await _reviewed(request), await form_of(request)
    row, services, partnership = _row(request, found), request.app[SERVICES], partnership_in(request)
    given = {name: sent[name] == "yes" for name in VERDICTS if sent.get(name) in {"yes", "no"}}
    new = await keep_verdicts(services, partnership, found.kept.seal, row.reference, given, reader=reader_of(request))
    done = "kept" if new else "same"
    raise web.HTTPSeeOther(f"{_home(request)}/{found.kept.seal}?done={done}")


_DONE = {"kept": "Your verdicts are kept.", "same": "Nothing was changed: the same was said before."}


async def _reviewed(request: web.Request) -> Reviewed:
    reader = reader_of(request)
    seal = request.match_info["seal"]
    if len(seal) < _SHORTEST_SEAL:
        raise refuse(404, "not_found", _NOT_THERE)
    try:
        return await reviewed(request.app[SERVICES], partnership_in(request), seal, reader=reader)
    except BadSheetError:
        raise refuse(404, "not_found", _NOT_THERE) from None


def _row(request: web.Request, found: Reviewed) -> SampledMeeting:
    wanted = request.match_info["reference"]
    row = next((each for each in found.sample.rows if each.reference == wanted), None)
    if row is None:
        raise refuse(404, "not_found", _NOT_THERE)
    return row


async def _page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    kept = await samples(services, partnership)
    async with services.engine.connect() as conn:
        people = await staff_names(conn, partnership)
    # Of months that are over alone a sample can be drawn again.
    period = month_of(f"{local_date(services.now()):%Y-%m}").before
    months = []
    for _ in range(_MONTHS):
        months.append((period.key, period.words))
        period = period.before
    view = DrawPage(
        here=_home(request),
        back_href=f"/{partnership}/reports",
        may_review=staff_may(person_of(request).roles[partnership], Permission.STAFF_REVIEW),
        kept=tuple(_line(request, each, people) for each in reversed(kept)),
        months=tuple(months),
        values={"size": "20", **values},
        errors=errors,
    )
    return render_template("dip_samples.html", request, {"view": view}, status=status)


def _home(request: web.Request) -> str:
    return f"/{partnership_in(request)}/reports/dip-samples"


def _line(request: web.Request, kept: KeptSample, people: Mapping[str, str]) -> SampleLine:
    who = people.get(kept.kept_by) or actor_words(kept.kept_by)
    return SampleLine(
        href=f"{_home(request)}/{kept.seal}",
        seal=kept.seal[:16],
        period=f"{date_words(kept.first)} to {date_words(kept.last)}",
        size=kept.size,
        seed=kept.seed,
        verdicts=kept.verdicts,
        kept=f"{who}, {words(kept.kept_at)}",
    )


async def _sample(request: web.Request, found: Reviewed) -> SamplePage:
    kept, here = found.kept, f"{_home(request)}/{found.kept.seal}"
    said = {(each.reference, each.question): each for each in found.verdicts}
    rows = tuple(
        MeetingLine(
            row.reference,
            f"{here}/{row.reference}",
            kind_words(request.app[SERVICES].policies.get(partnership_in(request))).get(
                row.meeting_type, row.meeting_type
            ),
            words(row.starts_at),
            tuple(
                _cell(name, system, said.get((row.reference, name)))
                for name, system in zip(VERDICTS, row.says, strict=True)
            ),
        )
        for row in found.sample.rows
    )
    open_rows = [row.href for row in rows if any(cell.reviewer == "not looked at" for cell in row.cells)]
    drawn, last = len(found.sample.sample.references), date_words(kept.last)
    return SamplePage(
        heading="Dip sample",
        back_href=_home(request),
        csv_href=f"{here}?format=csv",
        said=(
            f"{drawn} of {found.sample.frame} meetings that took place from {date_words(kept.first)} to {last}.",
            f"They were drawn by month and type of meeting with the seed “{kept.seed}”.",
            f"Drawn again from these words it is the same list: its seal is {kept.seal}.",
        ),
        questions=tuple(QUESTION_WORDS[name] for name in VERDICTS),
        done=_DONE.get(request.query.get("done", ""), ""),
        withheld=found.withheld,
        agreement=tuple(map(_agreement, found.agreement)),
        rows=rows,
        next_href=open_rows[0] if open_rows else "",
    )


def _cell(question: str, system: str, verdict: KeptVerdict | None) -> SaidCell:
    agrees = ""
    if verdict is not None and verdict.system_said in {"yes", "no"}:
        agrees = "agrees" if verdict.verdict == (verdict.system_said == "yes") else "differs"
    return SaidCell(
        question, _said(question, system), _verdict(verdict, yes="yes", no="no", unsaid="not looked at"), agrees
    )


def _verdict(verdict: KeptVerdict | None, *, yes: str, no: str, unsaid: str) -> str:
    return unsaid if verdict is None else (yes if verdict.verdict else no)


def _said(question: str, system: str) -> str:
    """What the service says of one question; of what nobody has set, which figure is missing."""
    if system == LeftOut.NOT_SET:
        return NOT_SET_WORDS[question]
    return SAID_WORDS.get(system) or (LEFT_OUT_WORDS[LeftOut(system)] if system in set(LeftOut) else system)


def _agreement(each: Agreement) -> AgreementLine:
    rate = each.rate
    likely = "" if rate.percent is None else f"{percent_text(rate.low)}% to {percent_text(rate.high)}%"
    percent = "" if rate.percent is None else f"{percent_text(rate.percent)}%"
    return AgreementLine(
        QUESTION_WORDS[each.verdict], str(rate.n), rate.of, percent, likely, each.not_reviewed, each.system_cannot_say
    )


def _about(request: web.Request, row: SampledMeeting) -> str:
    kinds = kind_words(request.app[SERVICES].policies.get(partnership_in(request)))
    return as_begun(f"{kinds.get(row.meeting_type, row.meeting_type)}, {words(row.starts_at)}.")
