"""The directory: importing a file of agency inboxes in one transaction, and checking that nobody is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.hours import HoursError, parse
from service.domain.policy import STRENGTH, Effect, Level, Policy
from service.domain.roles import MATCHED_BY_PLACE, NAMED_PER_CASE, words
from service.store.chain import JSON
from service.store.changes import address_checks, audit, directory_imports
from service.store.changes.directory import DirectoryDiff, InboxEntry, compare, put_inboxes
from service.store.ids import new_id
from service.store.queries.address_checks import proved
from service.store.queries.directory import Inbox, directory, inboxes_for
from service.store.queries.partnerships import partnership_by_id
from service.workflow import new_addresses
from service.workflow.bind import empty_places
from service.workflow.channels import move_channels
from service.workflow.directory_file import DirectoryRefusedError, RowProblem, read_directory
from service.workflow.errors import Instead, NotReadyError
from service.workflow.ports import Services
from service.workflow.withholding import NewAddress, withhold

__all__ = [
    "ChangedInbox",
    "DirectoryRefusedError",
    "Finding",
    "FindingKind",
    "ImportResult",
    "RowProblem",
    "check_directory",
    "findings_of",
    "import_inboxes",
    "read_directory",
    "roles_asked_for",
]


# Ours: about as many as are seen to within a second or two.
FEW = 20


@dataclass(frozen=True, slots=True)
class ChangedInbox:
    """One inbox an import changes; ``fields`` maps each changed column to its value before and after."""

    role: str
    place: str
    name: str
    address: str
    fields: dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with ``dry_run`` would do. ``not_in_file`` are active inboxes the file does not name:
    they stay, unless retiring them was asked for. ``to_confirm`` are new addresses: each waits until somebody who reads
    it has confirmed it, or holds at once because somebody vouched for it.
    """

    partnership: str
    dry_run: bool
    added: tuple[InboxEntry, ...]
    changed: tuple[ChangedInbox, ...]
    unchanged: int
    retired: tuple[Inbox, ...]
    not_in_file: tuple[Inbox, ...]
    to_confirm: tuple[NewAddress, ...] = ()
    # Under which the meetings to come are seen to by the worker; None: they were seen to at once.
    follow_up: UUID | None = None

    @property
    def is_long(self) -> bool:
        """Whether seeing to the meetings to come may take longer than a person should wait for a page."""
        return len(self.added) + len(self.changed) + len(self.retired) + len(self.to_confirm) > FEW


async def import_inboxes(
    services: Services,
    partnership: str,
    rows: Sequence[InboxEntry],
    *,
    dry_run: bool,
    actor: str,
    retire_missing: bool = False,
    vouched: str | None = None,
    follow_up_later: bool = False,
) -> ImportResult:
    """Make the directory what the rows say, in one transaction with its audit; ``dry_run`` only tells.

    A new address is not used before it is confirmed (``workflow.new_addresses``), unless ``vouched`` says how whoever
    imports it knows it to be right. Then the meetings to come take back what they asked of inboxes that have left;
    ``fill_gaps`` asks new ones. ``follow_up_later``: the worker does both (``workflow.long_imports``).

    Raises:
        NotReadyError: the partnership is not in the database yet.
        NotVouchedError: vouched for without a reason.
        ValueError: the rows name one inbox twice (``read_directory`` refuses that with the rows' numbers).
    """
    reason, later = None if vouched is None else new_addresses.reason_of(vouched), None
    async with services.engine.begin() as conn:
        if await partnership_by_id(conn, partnership) is None:
            raise NotReadyError(f"{partnership} is not in the database yet.", instead=Instead.MIGRATE)
        await address_checks.hold_directory(conn, partnership)
        there = await directory(conn, partnership)
        held, waiting = withhold(there, rows, await proved(conn, partnership))
        rows = rows if reason is not None else held
        missing = compare(there, rows, retire_missing=True).retired
        if dry_run:
            diff = compare(there, rows, retire_missing=retire_missing)
        else:
            now = services.now()
            diff = await put_inboxes(conn, partnership, rows, by=actor, now=now, retire_missing=retire_missing)
            await _keep_desks(conn, partnership, diff)
            if reason is None:
                await new_addresses.keep(services, conn, partnership, waiting, actor=actor)
            else:
                await new_addresses.vouch(services, conn, partnership, waiting, actor=actor, reason=reason)
            later = await _later(services, conn, partnership, diff, actor) if follow_up_later else None
    if not dry_run and later is None:
        # Also after an import that was cut off here: whatever it left behind is found again.
        await empty_places(services, partnership, actor=actor)
        await move_channels(services, partnership, actor=actor)
    stays = tuple(inbox for inbox in missing if inbox not in diff.retired)
    result = _result(partnership, diff, dry_run=dry_run, not_in_file=stays, to_confirm=tuple(waiting))
    return replace(result, follow_up=later)


async def _later(services: Services, conn: AsyncConnection, partnership: str, diff: DirectoryDiff, actor: str) -> UUID:
    """Keep, with the import itself, that the worker is to see to the meetings to come."""
    now = services.now()
    counts = {"added": len(diff.added), "changed": len(diff.changed), "unchanged": diff.unchanged}
    later = new_id(now)
    row: dict[str, Any] = {"id": later, "asked_by": actor, "asked_at": now, **counts}
    await directory_imports.ask(conn, partnership, row)
    data: dict[str, JSON] = {**counts}
    await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.FILE_IMPORTED, data)])
    return later


async def _keep_desks(conn: AsyncConnection, partnership: str, diff: DirectoryDiff) -> None:
    """An inbox under a new address sits at the desk that it sat at under the old one."""
    if not (diff.added and diff.retired):
        return
    by_key = {(each.role, each.place, each.address): each.id for each in await directory(conn, partnership)}
    old = {(each.role, each.place, each.name): each.id for each in diff.retired}
    for entry in diff.added:
        was = old.get((entry.role, entry.place, entry.name))
        if was is not None:
            await address_checks.take_over(conn, partnership, was, by_key[entry.key])


def _result(
    partnership: str,
    diff: DirectoryDiff,
    *,
    dry_run: bool,
    not_in_file: tuple[Inbox, ...],
    to_confirm: tuple[NewAddress, ...],
) -> ImportResult:
    return ImportResult(
        partnership=partnership,
        dry_run=dry_run,
        added=diff.added,
        changed=tuple(_changed(inbox, entry) for inbox, entry in diff.changed),
        unchanged=diff.unchanged,
        retired=diff.retired,
        not_in_file=not_in_file,
        to_confirm=to_confirm,
    )


_SHOWN = (
    "name",
    "phone",
    "hours",
    "escalation_name",
    "escalation_address",
    "escalation_phone",
    "capacity",
    "channel",
    "active",
)


def _changed(inbox: Inbox, entry: InboxEntry) -> ChangedInbox:
    pairs = {name: (getattr(inbox, name), getattr(entry, name)) for name in _SHOWN}
    changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return ChangedInbox(entry.role, entry.place, entry.name, entry.address, changed)


class FindingKind(StrEnum):
    """What a check of the directory may find. ``LOOK_ONLY`` names those that may be meant."""

    NO_INBOX = "no_inbox"
    HOURS = "hours"
    NO_PHONE = "no_phone"
    SHARED_ADDRESS = "shared_address"
    SEVERAL_FOR_ONE = "several_for_one"


# A desk may do the job of two roles, and a role may have a second inbox in reserve: worth a look, and no fault.
LOOK_ONLY = frozenset({FindingKind.SHARED_ADDRESS, FindingKind.SEVERAL_FOR_ONE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to look at. ``level`` is how strongly the policy wants a missing role, else empty."""

    kind: FindingKind
    role: str
    about: str
    sentence: str
    level: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether it must be mended, rather than looked at."""
        return self.kind not in LOOK_ONLY


def roles_asked_for(policy: Policy) -> dict[str, tuple[Level, tuple[str, ...]]]:
    """Every role the policy's rules can invite by name, with its strongest level and the rules that name it."""
    tracks = {meeting_type.track for meeting_type in policy.meeting_types.values()}
    found: dict[str, tuple[Level, tuple[str, ...]]] = {}
    for rule in policy.rules:
        switched_on = rule.needs_flag is None or bool(getattr(policy.flags, rule.needs_flag))
        if rule.effect is not Effect.INVITE or rule.track not in tracks or not switched_on:
            continue
        for role in rule.invite:
            level, rules = found.get(role, (rule.level, ()))
            found[role] = (min(level, rule.level, key=STRENGTH.__getitem__), (*rules, rule.id))
    return found


async def check_directory(services: Services, partnership: str) -> tuple[Finding, ...]:
    """What is wrong with a partnership's active inboxes, the gravest first.

    Raises:
        NotReadyError: the partnership has no policy.
    """
    policy = services.policies.get(partnership)
    if policy is None:
        raise NotReadyError(f"No policy is published for {partnership}.", instead=Instead.MIGRATE)
    async with services.engine.connect() as conn:
        return findings_of(policy, await inboxes_for(conn, partnership))


def findings_of(policy: Policy, inboxes: Sequence[Inbox]) -> tuple[Finding, ...]:
    """What is wrong with these active inboxes under this policy."""
    found = [*_missing(policy, inboxes), *_faults(inboxes), *_doubles(inboxes)]
    return tuple(sorted(found, key=lambda finding: (not finding.is_fault, finding.level != Level.CORE)))


def _missing(policy: Policy, inboxes: Sequence[Inbox]) -> Iterator[Finding]:
    there = {inbox.role for inbox in inboxes}
    for role, (level, rules) in sorted(roles_asked_for(policy).items()):
        if role not in there and role not in NAMED_PER_CASE:
            asked = f"Rule{'' if len(rules) == 1 else 's'} {', '.join(rules)} of the policy can ask for it"
            sentence = f"No inbox for: {words(role)}. {asked}. Add a row for it."
            yield Finding(FindingKind.NO_INBOX, role, "", sentence, str(level))


def _faults(inboxes: Sequence[Inbox]) -> Iterator[Finding]:
    for inbox in inboxes:
        about = inbox.address or inbox.name
        try:
            parse(inbox.hours)
        except HoursError as error:
            yield Finding(FindingKind.HOURS, inbox.role, about, f"Its hours cannot be read: {error}.")
        if not inbox.phone:
            yield Finding(
                FindingKind.NO_PHONE, inbox.role, about, "It has no phone, so nobody can call it when silent."
            )


def _doubles(inboxes: Sequence[Inbox]) -> Iterator[Finding]:
    by_address: defaultdict[str, list[Inbox]] = defaultdict(list)
    by_job: defaultdict[tuple[str, str], list[Inbox]] = defaultdict(list)
    for inbox in inboxes:
        if inbox.address:
            by_address[inbox.address.casefold()].append(inbox)
        by_job[inbox.role, inbox.place].append(inbox)
    for address, several in sorted(by_address.items()):
        if len(several) > 1:
            jobs = ", ".join(
                words(inbox.role) + (f" ({inbox.place})" if inbox.role in MATCHED_BY_PLACE else "") for inbox in several
            )
            yield Finding(FindingKind.SHARED_ADDRESS, several[0].role, address, f"One address for {jobs}: is that so?")
    for (role, place), several in sorted(by_job.items()):
        if len(several) > 1:
            first = min(several, key=lambda inbox: (inbox.name, str(inbox.id)))
            sentence = f"{len(several)} inboxes for one job; only {first.name} is invited."
            yield Finding(FindingKind.SEVERAL_FOR_ONE, role, place or first.address, sentence)
