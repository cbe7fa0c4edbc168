"""Who may know of a case: restrict it to named readers, keep somebody out, and open it up again."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from service.domain.london import words
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.problems import refuse
from service.store.queries.staff import staff_names
from service.web.act_page import LONGEST_WORDS, ActPage, Field, Form, Kind, Row, Section
from service.web.wording import actor_words, as_begun
from service.workflow import restricting
from service.workflow.errors import BadReaderError, NoReasonError

_KINDS = {"named": "may know of it", "kept_out": "is kept out", "break_glass": "broke the glass"}
_WHY = "Why, in a sentence without names"


async def ask(request: web.Request) -> web.Response:
    """GET …/readers: who may know of the case, and what can be changed."""
    return await _page(request, await ground_of(request))


async def restrict(request: web.Request) -> web.Response:
    """POST …/readers: the people ticked may know of it, and whoever restricts it; nobody else."""
    ground, sent = await ground_of(request), await form_of(request)
    people = await _people(ground)
    form = _restrict_form(ground, people).read(sent)
    if form.errors:
        return await _page(request, ground, wrong=form, status=422)
    named = [f"staff:{key}" for key in form.ticked("reader")]
    try:
        await restricting.restrict_case(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            named,
            reason=form.said("why_restrict"),
            actor=ground.actor,
        )
    except (BadReaderError, NoReasonError) as error:
        return await _page(request, ground, wrong=form.wrong(why_restrict=str(error)), status=422)
    return gone(f"{ground.href}/readers", "restricted")


async def change(request: web.Request) -> web.Response:
    """POST …/readers/{act}: ``open`` it up, ``keep-out`` somebody, or ``let-in`` somebody again."""
    ground, sent = await ground_of(request), await form_of(request)
    act = request.match_info["act"]
    forms = {"open": _open_form, "keep-out": _keep_out_form, "let-in": _let_in_form}
    if act not in forms:
        raise refuse(404, "not_found", "There is nothing at this address.")
    standing = await restricting.standing(ground.services, ground.partnership, ground.meeting.reference)
    form = forms[act](ground, await _people(ground), standing).read(sent)
    if form.errors:
        return await _page(request, ground, wrong=form, status=422)
    about = (ground.services, ground.partnership, ground.meeting.reference)
    try:
        if act == "open":
            await restricting.open_case(*about, reason=form.said("why_open"), actor=ground.actor)
        elif act == "keep-out":
            who = f"staff:{form.said('keep_out')}"
            await restricting.keep_out(*about, who, reason=form.said("why_keep_out"), actor=ground.actor)
        else:
            who = form.said("let_in")
            await restricting.let_in_again(*about, who, reason=form.said("why_let_in"), actor=ground.actor)
    except (BadReaderError, NoReasonError) as error:
        name = {"open": "why_open", "keep-out": "keep_out", "let-in": "let_in"}[act]
        return await _page(request, ground, wrong=form.wrong(**{name: str(error)}), status=422)
    return gone(f"{ground.href}/readers", {"open": "opened_up", "keep-out": "kept_out", "let-in": "let_in"}[act])


async def _people(ground: Ground) -> Mapping[str, str]:
    """Everybody who has signed in here, but for whoever asks, by the id that stands behind ``staff:``."""
    async with ground.services.engine.connect() as conn:
        people = await staff_names(conn, ground.partnership)
    others = {key.removeprefix("staff:"): name for key, name in people.items() if key != ground.actor}
    return dict(sorted(others.items(), key=lambda each: each[1].lower()))


def _why(name: str) -> Field:
    return Field(name, _WHY, needed="Say why, in a sentence without names", longest=LONGEST_WORDS)


def _restrict_form(ground: Ground, people: Mapping[str, str]) -> Form:
    return Form(
        action=f"{ground.href}/readers",
        button="Restrict the case to them",
        heading="Restrict the case",
        intro=("You are among them. For everybody else of ours its meetings are not there: in no list and no count.",),
        fields=(
            Field("reader", "Who else may know of it", Kind.SOME, people, hint="Nobody is taken away by this."),
            _why("why_restrict"),
        ),
    )


def _open_form(ground: Ground, _: Mapping[str, str], __: restricting.Standing) -> Form:
    return Form(
        f"{ground.href}/readers/open",
        "Open the case up",
        (_why("why_open"),),
        heading="Open it up again",
        intro=("Everybody with a role here may know of it then. Whoever is kept out stays out.",),
    )


def _keep_out_form(ground: Ground, people: Mapping[str, str], _: restricting.Standing) -> Form:
    return Form(
        f"{ground.href}/readers/keep-out",
        "Keep them out",
        (
            Field("keep_out", "Who must not know of it", Kind.PICK, people, needed="Choose who is kept out"),
            _why("why_keep_out"),
        ),
        heading="Keep somebody out",
    )


def _let_in_form(ground: Ground, people: Mapping[str, str], standing: restricting.Standing) -> Form:
    out = {
        each.reader: people.get(each.reader.removeprefix("staff:")) or actor_words(each.reader)
        for each in standing.people
        if each.kind == "kept_out"
    }
    return Form(
        f"{ground.href}/readers/let-in",
        "Let them in again",
        (Field("let_in", "Who is kept out no more", Kind.PICK, out, needed="Choose who"), _why("why_let_in")),
        heading="Let somebody in again",
    )


async def _page(request: web.Request, ground: Ground, *, wrong: Form | None = None, status: int = 200) -> web.Response:
    standing = await restricting.standing(ground.services, ground.partnership, ground.meeting.reference)
    people = await _people(ground)
    names = {f"staff:{key}": name for key, name in people.items()} | {ground.actor: "you"}
    forms = [
        _restrict_form(ground, people),
        *([_open_form(ground, people, standing)] if standing.restricted else []),
        _keep_out_form(ground, people, standing),
        *([_let_in_form(ground, people, standing)] if any(each.kind == "kept_out" for each in standing.people) else []),
    ]
    if wrong is not None and wrong.action not in {each.action for each in forms}:
        forms.append(wrong)
    rows = [
        Row(
            f"{as_begun(names.get(each.reader) or actor_words(each.reader))} {_KINDS.get(each.kind, each.kind)}, "
            f"since {words(each.since)}{f', until {words(each.until)}' if each.until else ''}: {each.reason}"
        )
        for each in standing.people
    ]
    page = ActPage(
        heading=f"Who may know of meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=(
            "This case is restricted." if standing.restricted else "Everybody with a role here may know of this case.",
        ),
        sections=(Section("Named, kept out and let in", tuple(rows), empty="Nobody yet."),),
        forms=tuple(wrong if wrong is not None and wrong.action == each.action else each for each in forms),
        done=done_words(request),
    )
    return shown(request, page, status)
