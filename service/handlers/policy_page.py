"""The policy's pages: read every figure, upload a changed pack, try it on the past, publish it as a second person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import date_words, local_date, words
from service.domain.replay import Notice, Quorums, Replay
from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.forms import file_of, form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.store.queries.partnerships import partnership_by_id
from service.store.queries.policy_drafts import PolicyDraft
from service.store.queries.staff import staff_names
from service.web.answer_form import clean_text
from service.web.policy_page import (
    ChangeRow,
    DraftLine,
    FigureRow,
    PolicyPage,
    TypeSection,
    WhatIfPage,
    first_day_field,
)
from service.web.typed_times import meant_day
from service.web.wording import actor_words
from service.workflow.errors import ChangedMeanwhileError, PolicyDraftRefusedError
from service.workflow.policy_drafts import (
    FigureLine,
    draft_policy,
    drafts_of,
    drop_draft,
    figures_in_force,
    older_packs,
    publish_draft,
    source_in_force,
    try_draft,
)

_DONE = {
    "drafted": "The changed pack is kept as a draft. Somebody else must publish it.",
    "published": "The draft is published. Meetings that are planned already keep their own version.",
    "dropped": "The draft has been put away.",
}
# How much of the past a page tries a draft on; a longer stretch: convene policy replay.
_DAYS = 91


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/policy. Changes nothing."""
    return await _page(request, {}, {})


async def _page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    partnership, services = partnership_in(request), request.app[SERVICES]
    policy = services.policies[partnership]
    own = person_of(request).actor(partnership)
    may_govern = staff_may(person_of(request).roles[partnership], Permission.STAFF_GOVERN)
    drafts = await drafts_of(services, partnership)
    async with services.engine.connect() as conn:
        home = await partnership_by_id(conn, partnership)
        people = await staff_names(conn, partnership)
    in_force = [each for each in drafts if each.hash == policy.content_hash and each.state == "published"]
    view = PolicyPage(
        partnership=home.name if home else partnership,
        pack=policy.id,
        version=policy.version,
        since=_since(in_force[0]) if in_force else "It came with the program.",
        done=_DONE.get(request.query.get("done", ""), ""),
        href=f"/{partnership}/policy",
        sections=tuple(
            TypeSection(each.name, tuple(_row(line) for line in each.lines))
            for each in figures_in_force(services, partnership)
        ),
        drafts=tuple(
            _draft(partnership, each, people, own, matters=_matters(each, in_force, services.now())) for each in drafts
        ),
        secure_href=f"/{partnership}/policy/secure-mail" if may_govern else "",
        values=values,
        errors=errors,
    )
    return render_template("policy.html", request, {"view": view}, status=status)


def _since(each: PolicyDraft) -> str:
    return f"It holds since {words(each.starts_at)}." if each.starts_at else ""


def _row(line: FigureLine) -> FigureRow:
    mark = "not set" if not line.is_set else "to be reviewed" if line.overdue else ""
    return FigureRow(
        line.about,
        line.told,
        mark,
        f"{line.source}, {line.edition} ({line.confidence})",
        line.owner,
        date_words(line.review_by),
    )


def _matters(each: PolicyDraft, in_force: Sequence[PolicyDraft], now: datetime) -> bool:
    """Whether what a draft rests on still matters: it is open, it holds, or it is yet to hold."""
    return each.state == "open" or each in in_force[:1] or (each.starts_at is not None and each.starts_at > now)


def _draft(partnership: str, each: PolicyDraft, people: Mapping[str, str], own: str, *, matters: bool) -> DraftLine:
    def who(actor: str | None) -> str:
        return people.get(actor or "") or actor_words(actor or "")

    state = "a draft"
    if each.starts_at is not None:
        state = f"published by {who(each.ended_by)}, from {words(each.starts_at)}"
    return DraftLine(
        note=each.note,
        made=f"{who(each.made_by)}, {words(each.made_at)}",
        state=state,
        is_open=each.state == "open",
        own=each.made_by == own,
        href=f"/{partnership}/policy/drafts/{each.id}",
        first_day=first_day_field(each.id),
        warning=older_packs(each) if matters else "",
    )


async def upload(request: web.Request) -> web.Response:
    """POST /{partnership}/policy: keep a changed pack as a draft."""
    partnership, sent = partnership_in(request), await form_of(request)
    note, source = clean_text(sent.get("note", "")), await file_of(request)
    if not source:
        missing = {"file": "Choose the changed pack, a TOML file"}
        missing |= {} if note else {"note": "Say in a sentence what you changed, and why"}
        return await _page(request, {"note": note}, missing, status=422)
    actor = person_of(request).actor(partnership)
    try:
        await draft_policy(request.app[SERVICES], partnership, source, note, actor=actor)
    except PolicyDraftRefusedError as refused:
        where = "note" if "Say in a sentence" in str(refused) else "file"
        return await _page(request, {"note": note}, {where: str(refused)}, status=422)
    raise web.HTTPSeeOther(f"/{partnership}/policy?done=drafted")


async def end(request: web.Request) -> web.Response:
    """POST /{partnership}/policy/drafts/{draft}: publish it or put it away."""
    partnership, services, sent = partnership_in(request), request.app[SERVICES], await form_of(request)
    draft, actor = _id(request), person_of(request).actor(partnership)
    field = first_day_field(draft)
    typed = {field: clean_text(sent.get("first_day", ""))[:40]}
    try:
        if sent.get("act") == "drop":
            await drop_draft(services, partnership, draft, actor=actor)
            raise web.HTTPSeeOther(f"/{partnership}/policy?done=dropped")
        first, wrong = _first_day(typed[field], local_date(services.now()))
        if wrong:
            return await _page(request, typed, {field: wrong}, status=422)
        await publish_draft(services, partnership, draft, first, actor=actor)
    except PolicyDraftRefusedError as refused:
        return await _page(request, typed, {"drafts": str(refused)}, status=422)
    except ChangedMeanwhileError:
        return await _page(request, typed, {"drafts": "Somebody has published or dropped it meanwhile."}, status=409)
    raise web.HTTPSeeOther(f"/{partnership}/policy?done=published")


def _first_day(text: str, today: date) -> tuple[date | None, str]:
    """The day a version holds from, None for at once; and what is wrong with what was typed, or nothing."""
    if not text:
        return None, ""
    found = meant_day(text, today)
    if found is None:
        return None, "Enter the first day like 3/12/2026, or nothing for at once"
    return found, "This day is past. Choose today or a day to come" if found < today else ""


async def source(request: web.Request) -> web.Response:
    """GET /{partnership}/policy/drafts/{draft}/pack: the file as it was uploaded."""
    draft = await draft_in(request)
    headers = {"Content-Disposition": f'attachment; filename="{draft.pack}.toml"'}
    return web.Response(text=draft.source, content_type="text/plain", headers=headers)


async def pack(request: web.Request) -> web.Response:
    """GET /{partnership}/policy/pack: the file of the policy that holds now, to be changed and uploaded."""
    partnership = partnership_in(request)
    found = await source_in_force(request.app[SERVICES], partnership)
    if found is None:
        raise refuse(404, "not_found", "The file of this policy is not kept here: ask whoever runs the service for it.")
    headers = {"Content-Disposition": f'attachment; filename="{partnership}.toml"'}
    return web.Response(text=found, content_type="text/plain", headers=headers)


async def what_if(request: web.Request) -> web.Response:
    """GET /{partnership}/policy/drafts/{draft}/what-if: the last three months by the draft. Changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    draft = await draft_in(request)
    last = local_date(services.now())
    first = last - timedelta(days=_DAYS - 1)
    found = await try_draft(services, partnership, draft, first, last)
    view = WhatIfPage(
        note=draft.note,
        back_href=f"/{partnership}/policy",
        period=f"{date_words(first)} to {date_words(last)}",
        meetings=found.meetings,
        changed=found.changed,
        rows=_changes(found),
        short_before=_short(found.before),
        short_after=_short(found.after),
        quorum_before=quorum_words(found.quorum_before),
        quorum_after=quorum_words(found.quorum_after),
        unplannable=sum(found.unplannable.values()),
        longer_href=f"/{partnership}/policy/drafts/{draft.id}/what-if",
    )
    return render_template("what_if.html", request, {"view": view})


def _changes(found: Replay) -> tuple[ChangeRow, ...]:
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for line in found.lines():
        added[line.role] += line.added
        removed[line.role] += line.removed
    return tuple(ChangeRow(role_words(role), added[role], removed[role]) for role in sorted({*added, *removed}))


def _short(notice: Notice) -> str:
    return f"{notice.broken} of {notice.kept + notice.broken}"


def quorum_words(quorums: Quorums) -> str:
    """How many meetings missed their quorum, out of those that had one set."""
    if not quorums.set:
        return f"not set by the partnership ({quorums.not_set} meetings)"
    open_ = f", and {quorums.open} more unless an agency it adds came" if quorums.open else ""
    return f"{quorums.missed} of {quorums.set}{open_}"


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["draft"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None


async def draft_in(request: web.Request) -> PolicyDraft:
    """The draft in the path. Raises ProblemError: 404."""
    wanted = _id(request)
    for each in await drafts_of(request.app[SERVICES], partnership_in(request)):
        if each.id == wanted:
            return each
    raise refuse(404, "not_found", "There is nothing at this address.")
