"""No wall between partnerships has a hole: every row has an owner, and every read and write names its scope."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

import service.store.changes
import service.store.queries
from service.store import tables as t
from service.store.ids import new_id
from service.store.queries.bundle import Whose
from service.store.queries.readable import Reader
from tests.store.store_world import LEWISHAM, NOW, WIRRAL, World

# About the machine, not about anybody's case.
TABLES_WITHOUT_A_PARTNERSHIP = {"heartbeats", "partnerships"}

UNSCOPED_READS = {
    "readable.committed_by_now": "which transactions have ended, and no row of anybody's",
    "health.every_heartbeat": "jobs belong to the machine",
    "health.whole_backlog": "counts only, for metrics",
    "partnerships.every_partnership": "lists the scopes themselves",
    "mailboxes.mailbox_by_id": "a worker's job holds the id alone and learns the partnership here",
    "mailboxes.mailbox_by_subscription": "Graph names the subscription alone; the client state proves it",
    "proofs.desk_session": "a browser brings its secret word alone and learns its partnership here",
    "replacing.to_replace": "the sweep finishes those of every partnership",
    "online.online_of_row": "a worker's job holds the id alone and learns the partnership here",
    "mailboxes.every_mailbox": "the sweeps read the mailboxes of every partnership",
}

UNSCOPED_CHANGES = {
    "audit.append": "each event names its partnership",
    "bulk.write_rows": "each row names its partnership",
    "tasks.open_once": "each row names its partnership",
    "partnerships.ensure": "the partnership is what is written",
}


def functions_of(package: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            if own and not name.startswith("_") and list(inspect.signature(value).parameters)[:1] == ["conn"]:
                yield f"{found.name}.{name}", value


@pytest.mark.parametrize("table", t.metadata.tables.values(), ids=str)
def test_every_table_says_whose_its_rows_are(table: Any) -> None:
    if table.name in TABLES_WITHOUT_A_PARTNERSHIP:
        assert "partnership_id" not in table.c
        return
    assert not table.c.partnership_id.nullable
    assert {key.target_fullname for key in table.c.partnership_id.foreign_keys} >= {"partnerships.id"}


READS = dict(functions_of(service.store.queries))


@pytest.mark.parametrize("name", READS)
def test_every_read_takes_the_partnership_right_after_the_connection(name: str) -> None:
    parameters = list(inspect.signature(READS[name]).parameters.values())
    scoped = len(parameters) > 1 and parameters[1].name == "partnership" and parameters[1].annotation == "str"
    assert scoped != (name in UNSCOPED_READS), name


def test_the_lists_of_unscoped_functions_hold_nothing_that_is_gone() -> None:
    assert set(UNSCOPED_READS) <= set(READS)
    assert set(UNSCOPED_CHANGES) <= set(dict(functions_of(service.store.changes)))


@pytest.mark.parametrize(
    "module", ["audit", "directory", "held", "mailboxes", "partnerships", "policies", "staff", "tasks"]
)
def test_every_change_names_its_partnership(module: str) -> None:
    changes = {name: each for name, each in functions_of(service.store.changes) if name.startswith(f"{module}.")}
    assert changes
    for name, function in changes.items():
        assert ("partnership" in inspect.signature(function).parameters) != (name in UNSCOPED_CHANGES), name


async def _calendar(world: World) -> None:
    whose = {"partnership_id": LEWISHAM, "kind": "agency", "address": "police@lewisham.example"}
    hour = [[NOW.isoformat(), (NOW + timedelta(hours=1)).isoformat(), False]]
    await world.add(t.calendars, **whose, seen_at=NOW, taken=hour)


async def seated(world: World, about: dict[str, Any], inbox: UUID) -> None:
    desk = await world.add(t.desks, partnership_id=LEWISHAM, name="police desk", capacity=1, updated_at=NOW)
    day = NOW.date()
    await world.add(t.desk_away, partnership_id=LEWISHAM, desk_id=desk, first_day=day, last_day=day)
    await _calendar(world)
    seat = {"desk_id": inbox, "inbox_id": inbox, "seat": 1, "in_person": False, "state": "booked", "taken_at": NOW}
    during = f"[{NOW.isoformat()},{(NOW + timedelta(hours=1)).isoformat()})"
    await world.add(t.desk_bookings, **about, **seat, during=during)


async def _came(world: World, about: dict[str, Any], place: UUID) -> None:
    again = {"number": 2, "starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "because": "b", "adjourned_by": "a"}
    await world.add(t.sittings, **about, **again, created_at=NOW)
    recorded = {"recorded_by": "a", "recorded_at": NOW}
    await world.add(t.reports_received, **about, **recorded, requirement_id=place, received_at=NOW)
    await world.add(t.meeting_outcomes, **about, **recorded, decided=[])
    agreed = {"number": 1, "owner_role": "gp", "what": "w", "agreed_by": "a", "created_at": NOW}
    await world.add(t.actions, **about, **agreed)
    came = {"outcome": "attended", "state": "recorded", "recorded_by": "a", "recorded_at": NOW}
    await world.add(t.attendances, **about, **came, requirement_id=place)
    stayed = {"joined_at": NOW, "seconds": 60, "read_at": NOW}
    await world.add(t.attendance_proposals, **about, **stayed, requirement_id=place)
    phoned = {"outcome": "reached", "version": 1, "called_at": NOW, "called_by": "a", "recorded_at": NOW}
    put_off = {"because": "b", "tried": ["gp"], "reached": [], "tried_by": ["a"], "decided_role": "lcpp"}
    await world.add(t.not_held, **about, **put_off, recorded_by="a", recorded_at=NOW, natural_key="k")
    await world.add(t.calls, **about, **phoned, requirement_id=place, natural_key="k", sealed_spoke_to=b"1")


async def fill_medical(world: World, meeting: UUID) -> None:
    ours = {"partnership_id": LEWISHAM}
    decided = {"meeting_id": meeting, "state": "wanted", "decided_by": "a", "decided_at": NOW}
    medical = await world.add(t.medicals, **ours, **decided)
    at_it = {"who": "child", "came": True, "recorded_by": "a", "recorded_at": NOW}
    await world.add(t.medical_attendances, **ours, **at_it, medical_id=medical)


async def _decided(world: World, about: dict[str, Any], place: UUID) -> None:
    said = {"number": 1, "concerns": [place], "sealed_text": b"1", "fingerprint": b"1", "agreed_by": "a"}
    paper = await world.add(t.papers, **about, kind="decision", **said, agreed_at=NOW, issued_by="a", issued_at=NOW)
    dissent = {"kind": "dissent", "role": "police", "sealed_words": b"1", "fingerprint": b"1", "policy_hash": "p1"}
    stands = {"stage": 0, "stage_to": "", "raised_by": "a", "raised_at": NOW, "requirement_id": place}
    await world.add(t.disagreements, **about, **dissent, **stands, paper_id=paper, state="open")
    drawn = {"first_day": NOW.date(), "last_day": NOW.date(), "size": 1, "seed": "s", "strata": "", "seal": "CV-1"}
    sample = await world.add(t.dip_samples, partnership_id=LEWISHAM, **drawn, kept_by="a", kept_at=NOW)
    verdict = {"question": "quorum", "verdict": True, "system_said": "no", "reviewer": "a", "reviewed_at": NOW}
    await world.add(t.dip_verdicts, **about, **verdict, sample_id=sample)
    opened_by = {"opener": "Dr Amadi", "proof": "call_back", "reason": "r", "opened_at": NOW, "opened_by": "a"}
    await world.add(t.receipts, **about, **opened_by, requirement_id=place, paper_id=paper)


async def _event(world: World, about: dict[str, Any], mailbox: UUID) -> UUID:
    """A live event, which somebody gave another time in Outlook."""
    stands = {"transaction_id": new_id(NOW), "state": "live", "handed_version": 1, "created_at": NOW}
    event: UUID = await world.add(t.calendar_events, **about, **stands, mailbox_id=mailbox)
    differs = {"event_id": event, "version": 1, "kind": "time", "detail": {}, "state": "open", "found_at": NOW}
    await world.add(t.drifts, **about, **differs)
    again = {"state": "waiting", "next_try_at": NOW}
    await world.add(t.attendance_reads, **about, **again, event_id=event)
    return event


async def _by_mail(world: World, about: dict[str, Any], place: UUID) -> tuple[UUID, UUID]:
    """A calendar entry that was sent by mail, and a mail that came in."""
    sent = {"address": "a", "name": "n", "sequence": 2, "version": 1, "state": "live", "updated_at": NOW}
    ends = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
    entry = await world.add(t.calendar_mails, **about, **sent, **ends, requirement_id=place)
    came = {"message_digest": "d", "kind": "ordinary", "version": 1, "received_at": NOW, "state": "open"}
    return entry, await world.add(t.mail_to_read, **about, **came, requirement_id=place)


async def fill(world: World) -> dict[str, Any]:
    """A row of Lewisham in every table that has an owner; returns what a caller could know of them."""
    ours: dict[str, Any] = {"partnership_id": LEWISHAM}
    mailbox = await world.mailbox(LEWISHAM, subscription_id="sub-1")
    request = await world.request(LEWISHAM, source="liquidlogic", source_ref="LL-1")
    meeting = await world.meeting(LEWISHAM, request_id=request, reference="CV-1")
    inbox = await world.inbox(LEWISHAM, "police")
    place = await world.requirement(LEWISHAM, meeting, "police", inbox_id=inbox)
    invitation = await world.invitation(LEWISHAM, meeting, place, inbox)
    answer = await world.answer(LEWISHAM, meeting, place, "yes")
    about = {**ours, "meeting_id": meeting}
    key = {"door": "d", "key": "k", "fingerprint": b"1", "status": 201, "answer": {}, "created_at": NOW}
    await world.add(t.idempotency_keys, **ours, **key)
    person = {"request_id": request, "ref": "r", "sealed_identity": b"1"}
    child = {**person, "age_band": "5-17", "on_school_roll": True, "flags": []}
    await world.add(t.children, **ours, **child)
    parent = await world.add(t.people, **ours, **person, relation="mother", ties=[])
    await fill_medical(world, meeting)
    family = await world.add(t.family_invitations, **about, person_id=parent, state="wanted", created_at=NOW)
    held = {"reference": "CV-H", "kind": "k", "door": "d", "delivery_id": "1", "problem": "p", "key_id": "test"}
    held_id = await world.add(t.held_items, **ours, **held, received_at=NOW, state="open")
    await world.add(t.refusals, **ours, door="d", day=NOW.date(), reason="r", count=1)
    opened = {"kind": "k", "key": "k", "owner": "o", "detail": "d", "state": "open", "created_at": NOW}
    task = await world.add(t.tasks, **about, **opened, held_item_id=held_id, requirement_id=place)
    await seated(world, about, inbox)
    event = await _event(world, about, mailbox)
    intent = {
        "kind": "message",
        "version": 1,
        "stream": "s",
        "sequence": 1,
        "idempotency_key": "s/1",
        "detail": {},
        "state": "waiting",
        "attempts": 0,
        "next_try_at": NOW,
        "created_at": NOW,
    }
    outbox = await world.add(t.outbox, **about, **intent, event_id=event, mailbox_id=mailbox, requirement_id=place)
    entry, mail = await _by_mail(world, about, place)
    step = {"version": 1, "step": 1, "to": "inbox", "due_at": NOW, "state": "due"}
    chase = await world.add(t.chases, **about, **step, requirement_id=place)
    await _came(world, about, place)
    await _decided(world, about, place)
    written = {
        "chain": str(meeting),
        "number": 1,
        "at": NOW,
        "actor": "a",
        "action": "a",
        "data": {},
        "previous": b"",
        "hash": b"1",
    }
    await world.add(t.audit_events, **about, **written)
    await _told(world, about, request, place, inbox)
    staff_id, draft_id = await _staff(world)
    await _duty(world)
    await world.add(t.mails_seen, **ours, mailbox_id=mailbox, message_digest="d")
    await world.add(t.recipient_counts, **ours, mailbox_id=mailbox, day=NOW.date(), recipients=1)
    return {
        "meeting_id": meeting, "meeting": meeting, "meeting_request": request, "request_id": request,
        "inbox_id": inbox, "requirement_id": place, "invitation_id": invitation, "answer_id": answer, "task_id": task,
        "event_id": event, "outbox_id": outbox, "row_id": outbox, "chase_id": chase, "mailbox_id": mailbox,
        "reference": "CV-1", "source": "liquidlogic", "source_ref": "LL-1", "door": "d", "key": "k", "role": "police",
        "family_id": family,
        "content_hash": "p1", "chain": str(meeting), "version": 1, "address": "police@lewisham.example",
        "entry_id": entry, "mail_id": mail,
        "staff_id": staff_id, "draft_id": draft_id, "graph_id": "g", "ical_uid": "u", "stream": "s",
    }  # fmt: skip


async def _told(world: World, about: dict[str, Any], request: UUID, place: UUID, inbox: UUID) -> None:
    """Somebody of the agency was told who the meeting is about, and somebody of ours is named for its case."""
    told = {"proof": "code", "reason": "r", "children": [], "people": [], "opened_by": "a", "opened_at": NOW}
    await world.add(t.openings, **about, **told, requirement_id=place)
    code = await world.add(t.codes, **about, requirement_id=place, asked_at=NOW)
    await world.add(t.door_tries, partnership_id=LEWISHAM, reference_digest=b"1", tried_at=NOW)
    new = {"field": "address", "address": "new@lewisham.example", "asked_by": "a", "asked_at": NOW}
    await world.add(t.address_checks, partnership_id=LEWISHAM, inbox_id=inbox, **new, coded_at=NOW, next_try_at=NOW)
    allowed = {"role": "police", "allowed_by": "a", "reason": "r", "allowed_at": NOW}
    await world.add(t.secure_mail_allowed, partnership_id=LEWISHAM, **allowed)
    sealed = {"word_hash": b"1", "key_id": "test", "sealed_name": b"1", "began_at": NOW, "ends_at": NOW}
    await world.add(t.desk_sessions, partnership_id=LEWISHAM, inbox_id=inbox, code_id=code, **sealed)
    access = {"reader": "staff:1", "kind": "named", "named_by": "a", "reason": "r", "since": NOW}
    await world.add(t.case_access, partnership_id=LEWISHAM, request_id=request, **access)


async def _duty(world: World) -> None:
    """A chair of the rota who is away, and a night that was handed over."""
    ours: dict[str, Any] = {"partnership_id": LEWISHAM}
    chair = await world.add(t.chairs, **ours, name="Ada", hours="always", updated_at=NOW)
    await world.add(t.chair_away, **ours, chair_id=chair, first_day=NOW.date(), last_day=NOW.date())
    night = {"since": NOW, "until": NOW, "meetings": 1, "handed_by": "a", "handed_at": NOW, "natural_key": "k"}
    await world.add(t.handovers, **ours, **night)


async def _staff(world: World) -> tuple[UUID, UUID]:
    """Somebody of Lewisham who has signed in and begun a request."""
    ours: dict[str, Any] = {"partnership_id": LEWISHAM}
    person = {"tenant": "t", "subject": "oid", "name": "Ada", "roles": ["officer"]}
    at = {"first_signed_in_at": NOW, "last_signed_in_at": NOW}
    staff_id = await world.add(t.staff, **ours, **person, **at)
    begun = {"staff_id": staff_id, "key_id": "test", "created_at": NOW, "updated_at": NOW}
    pack = {"hash": "h", "pack": "lewisham", "version": "1", "content": {}, "source": "", "note": "n", "made_by": "a"}
    draft = await world.add(t.policy_drafts, **ours, **pack, made_at=NOW)
    tried = {"draft_id": draft, "first_day": NOW.date(), "last_day": NOW.date(), "asked_by": "a", "asked_at": NOW}
    await world.add(t.what_ifs, **ours, **tried)
    counts = {"added": 1, "changed": 1, "unchanged": 1}
    await world.add(t.directory_imports, **ours, **counts, asked_by="a", asked_at=NOW)
    return staff_id, await world.add(t.drafts, **ours, **begun)


async def test_the_filled_world_has_a_row_in_every_table(world: World) -> None:
    await fill(world)
    for table in t.metadata.tables.values():
        if table.name not in TABLES_WITHOUT_A_PARTNERSHIP:
            number = await world.conn.scalar(
                select(func.count()).select_from(table).where(table.c.partnership_id == LEWISHAM)
            )
            assert number, table.name


def argument(parameter: inspect.Parameter, known: dict[str, Any]) -> Any:
    if parameter.name in known and "Collection" not in str(parameter.annotation):
        return known[parameter.name]
    kind = str(parameter.annotation)
    period = {"start": NOW - timedelta(days=400), "end": NOW + timedelta(days=400)}
    by_kind = {
        "datetime": period.get(parameter.name, NOW),
        "date": date(2026, 11, 2),
        "UUID": known["meeting_id"],
        "int": 1,
        "bool": True,
        "str": "CV-1",
        "Collection[str]": ["g"],
        "Collection[UUID]": [known["meeting_id"]],
        "Sequence[str]": ["police"],
        "Reader": Reader("staff:1", NOW),
        "Whose": Whose(known["meeting_id"], known["request_id"]),
    }
    return by_kind[kind.removesuffix(" | None")]


def plain(found: Any) -> Any:
    if is_dataclass(found):
        return [plain(getattr(found, name)) for name in found.__dataclass_fields__]
    if isinstance(found, list | tuple | set | frozenset):
        return [plain(each) for each in found]
    if isinstance(found, dict):
        return [plain(value) for value in found.values()]
    return str(found) if isinstance(found, UUID | datetime | bytes) else found


SCOPED_READS = [name for name in READS if name not in UNSCOPED_READS]


@pytest.mark.parametrize("name", SCOPED_READS)
async def test_wirral_never_sees_a_row_of_lewisham(world: World, name: str) -> None:
    known = await fill(world)
    wanted = list(inspect.signature(READS[name]).parameters.values())[2:]
    needed = {each.name: argument(each, known) for each in wanted if each.default is inspect.Parameter.empty}
    ours = {str(value) for value in known.values() if isinstance(value, UUID)} | {"LL-1", "police@lewisham.example"}

    async def shown_to(partnership: str) -> str:
        found = READS[name](world.conn, partnership, **needed)
        return json.dumps(plain([each async for each in found] if inspect.isasyncgen(found) else await found))

    try:
        shown = await shown_to(WIRRAL)
    except Exception as refused:  # noqa: BLE001 - reads that insist on a row refuse; any refusal shows nothing
        assert type(refused).__name__ == "NoResultFound"  # noqa: PT017
        return
    asked = {str(value) for value in needed.values()}
    assert not {value for value in ours - asked if value in shown}
