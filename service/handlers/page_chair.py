"""GET and POST …/chair: who can chair instead, the fewest meetings first, and why it changes."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.web.act_forms import ReasonForm, ReasonPage, read_reason
from service.workflow.chairs import change_chair, substitutes_for
from service.workflow.errors import BadChairError, BadReasonError

_NO_NAMES = "Do not write anybody's name here: agencies and inspectors read it."


async def ask(request: web.Request) -> web.Response:
    """GET: who is free then, and the question why."""
    return await _page(request, await ground_of(request), ReasonForm())


async def change(request: web.Request) -> web.Response:
    """POST: change it. Pressed twice, it is changed once."""
    ground, sent = await ground_of(request), await form_of(request)
    free = await _free(ground)
    said, form = read_reason(sent, codes={**free, ground.meeting.chair: 0}, words=True)
    if said is None:
        return await _page(request, ground, form, status=422)
    to, why = said
    try:
        await change_chair(
            ground.services, ground.partnership, ground.meeting.reference, reason=why, actor=ground.actor, to=to
        )
    except (BadReasonError, BadChairError) as bad:
        where = "reason" if isinstance(bad, BadReasonError) else "code"
        return await _page(request, ground, replace(form, errors={where: str(bad)}), status=422)
    return ground.done("chair")


async def _free(ground: Ground) -> dict[str, int]:
    """Who is free then, with how many meetings to come are theirs; empty where the meeting has no time yet."""
    try:
        found = await substitutes_for(ground.services, ground.partnership, ground.meeting.reference)
    except BadChairError:
        return {}
    return {chair.name: chair.load for chair in found}


async def _page(request: web.Request, ground: Ground, form: ReasonForm, *, status: int = 200) -> web.Response:
    free, meeting = await _free(ground), ground.meeting
    if not meeting.starts_at:
        nobody = "The meeting has no time yet, so nobody can be said to be free. Choose its time first."
    else:
        nobody = "" if free else "Nobody else on the rota is free then. Move the meeting, or bring the rota up to date."
    page = ReasonPage(
        heading=f"Who chairs meeting {meeting.reference} instead?",
        meeting_href=ground.href,
        action=f"{ground.href}/chair",
        version=meeting.version,
        intro=(
            f"It is chaired by {meeting.chair} now." if meeting.chair else "Nobody is named as its chair.",
            "Nothing that agencies get names the chair, so nobody is told of a change.",
        ),
        codes_legend="Who is free then, the fewest meetings first",
        codes=[{"value": name, "text": f"{name}, {_load(load)}"} for name, load in free.items()],
        words_label="Why does the chair change?",
        button="Change the chair",
        closed="" if free else nobody,
        links=_ways_on(ground) if not free else (),
    )
    return render_template("reason.html", request, {"view": page, "form": form, "no_names": _NO_NAMES}, status=status)


def _ways_on(ground: Ground) -> tuple[tuple[str, str], ...]:
    """What can be done where nobody is free."""
    return (
        ("Move the meeting" if ground.meeting.starts_at else "Choose its time", f"{ground.href}/time"),
        ("Rota of chairs", f"/{ground.partnership}/rota"),
    )


def _load(number: int) -> str:
    return "no meeting to come" if not number else f"{number} meeting{'' if number == 1 else 's'} to come"
