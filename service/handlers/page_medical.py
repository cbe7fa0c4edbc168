"""A meeting's medical from its page: whether one is needed and why not, when and where it is, and who came to it."""

from __future__ import annotations

from aiohttp import web

from service.domain.medical import AT_MEDICAL_WORDS, AtMedical, MedicalState
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, policy_for
from service.handlers.show_medical import medical_sentences
from service.web.act_page import (
    LONGEST_WORDS,
    NO_NAMES,
    ActPage,
    Field,
    Form,
    Kind,
    Row,
    Section,
    moment,
    moment_said,
    read_moment,
)
from service.workflow import medical as workflow
from service.workflow.errors import BadReasonError, BadTimeError

_NEEDED = {"yes": "yes", "no": "no"}
_CAME = {"yes": "came", "no": "did not come"}


async def ask_medical(request: web.Request) -> web.Response:
    """GET …/medical: where it stands, the decision, the appointment, and who came."""
    ground = await ground_of(request)
    found = await workflow.medical_at(ground.services, ground.partnership, ground.meeting.reference)
    form = await _decision_form(ground)
    if found.row is not None:
        needed = "no" if found.row.state == MedicalState.NOT_NEEDED else "yes"
        form = form.filled(needed=needed, place=found.row.place, **moment_said(found.row.starts_at, "medical"))
    return await _page(request, ground, form, _who_form(ground, found))


async def decide(request: web.Request) -> web.Response:
    """POST …/medical: whether one is needed, or when it is."""
    ground, sent = await ground_of(request), await form_of(request)
    starts_at, form = read_moment((await _decision_form(ground)).read(sent), "medical", ground.services.now())
    found = await workflow.medical_at(ground.services, ground.partnership, ground.meeting.reference)
    no = form.said("needed") == "no"
    if no and not form.said("reason"):
        form = form.wrong(reason="Say why no medical is needed, in a sentence without names")
    if no and not form.said("reason_code"):
        form = form.wrong(reason_code="Choose why no medical is needed")
    if no and starts_at is not None:
        form = form.wrong(medical_day="Leave out the time where no medical is needed")
    if form.errors:
        return await _page(request, ground, form, _who_form(ground, found), 422)
    row = found.row
    # What stands already is not said again: it would be one more booking, and everybody would be told anew.
    booked = starts_at is not None and (row is None or (row.starts_at, row.place) != (starts_at, form.said("place")))
    said_before = not no and row is not None and row.state != MedicalState.NOT_NEEDED
    if said_before and not booked:
        return gone(f"{ground.href}/medical", "medical")
    given = workflow.MedicalGiven(
        needed=None if said_before else not no,
        reason_code=form.said("reason_code") if no else None,
        reason=form.said("reason") if no else "",
        starts_at=starts_at if booked else None,
        place=form.said("place") if booked else "",
    )
    try:
        await workflow.decide_medical(
            ground.services, ground.partnership, ground.meeting.reference, given, actor=ground.actor
        )
    except BadTimeError as error:
        return await _page(request, ground, form.wrong(medical_day=str(error)), _who_form(ground, found), 422)
    except BadReasonError as error:
        name = "reason" if no else "place"
        return await _page(request, ground, form.wrong(**{name: str(error)}), _who_form(ground, found), 422)
    return gone(f"{ground.href}/medical", "medical")


async def record(request: web.Request) -> web.Response:
    """POST …/medical/attendance: who came to it."""
    ground, sent = await ground_of(request), await form_of(request)
    found = await workflow.medical_at(ground.services, ground.partnership, ground.meeting.reference)
    form = _who_form(ground, found).read(sent)
    said = {who: form.said(f"came_{who}") == "yes" for who in AtMedical if form.said(f"came_{who}")}
    if not said and not form.errors:
        form = form.wrong(**{f"came_{AtMedical.CHILD}": "Say of at least one of them whether they came"})
    if form.errors:
        return await _page(request, ground, await _decision_form(ground), form, 422)
    try:
        await workflow.record_medical(
            ground.services, ground.partnership, ground.meeting.reference, said, actor=ground.actor
        )
    except BadTimeError as error:
        form = form.wrong(**{f"came_{AtMedical.CHILD}": str(error)})
        return await _page(request, ground, await _decision_form(ground), form, 422)
    return gone(f"{ground.href}/medical", "medical_came")


async def _decision_form(ground: Ground) -> Form:
    reasons = (await policy_for(ground)).medical_not_needed_reasons
    return Form(
        action=f"{ground.href}/medical",
        button="Save the decision",
        heading="The decision",
        fields=(
            Field("needed", "Is a medical needed?", Kind.ONE, _NEEDED, needed="Choose whether a medical is needed"),
            Field("reason_code", "If not, why not?", Kind.PICK, reasons),
            Field("reason", "If not, why, in a sentence", Kind.WORDS, hint=NO_NAMES, longest=LONGEST_WORDS),
            *moment("medical", "If so, when it is (optional)"),
            Field("place", "Where it is (optional)", hint="The clinic or hospital, not a family's address"),
        ),
    )


def _who_form(ground: Ground, found: workflow.Medical) -> Form:
    before = {each.who: "yes" if each.came else "no" for each in found.came}
    return Form(
        action=f"{ground.href}/medical/attendance",
        button="Save who came to the medical",
        heading="Who came to the medical",
        fields=tuple(
            Field(f"came_{who}", f"{said[:1].upper()}{said[1:]}", Kind.ONE, _CAME)
            for who, said in AT_MEDICAL_WORDS.items()
        ),
        values={f"came_{who}": said for who, said in before.items()},
    )


async def _page(request: web.Request, ground: Ground, form: Form, who: Form, status: int = 200) -> web.Response:
    found = await workflow.medical_at(ground.services, ground.partnership, ground.meeting.reference)
    row, now = found.row, ground.services.now()
    over = row is not None and row.state == MedicalState.HELD
    begun = row is not None and row.starts_at is not None and row.starts_at <= now
    said = medical_sentences(row, found.came)
    page = ActPage(
        heading=f"Medical of meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=("A medical is an appointment of its own. Nobody's attendance there is attendance at the meeting.",),
        sections=(Section("Where it stands", tuple(map(Row, said)), empty="Nobody has decided yet."),),
        forms=(*(() if over else (form,)), *((who,) if begun or who.errors else ())),
        done=done_words(request),
    )
    return shown(request, page, status)
