"""Quorum over agency groups: the five rules a partnership may choose from, as data, and how each is counted.

No national quorum is published for strategy meetings, so a meeting type's choice may be unset: then nothing is met
and nothing is missed. A strategy meeting is never blocked by quorum; the answer is for the chair and the record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from service.domain.notice import NOT_SET
from service.domain.roles import group_of, group_words, words


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """One way to count. All parts that are given must hold.

    ``groups`` must each be present; of each tuple in ``roles`` one role must be; ``others`` is how many further groups
    (beyond ``groups``) must be present; ``all_core``: every core agency of this meeting. With ``chair_may_accept``
    groups present, or at any number where it is 0, the chair may go on with a reason; None: the rule has no such way.
    """

    id: str
    words: str
    source: str
    groups: tuple[str, ...] = ()
    roles: tuple[tuple[str, ...], ...] = ()
    others: int = 0
    all_core: bool = False
    chair_may_accept: int | None = None


@dataclass(frozen=True, slots=True)
class Quorum:
    """The count. ``met`` None: the partnership has set no quorum. ``missing`` are words, one for each gap."""

    met: bool | None
    missing: tuple[str, ...]
    chair_may_accept: bool
    words: str


_MANAGER = ("team_manager", "service_manager", "lcpp")

RULES: Mapping[str, QuorumRule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            QuorumRule(
                "Q1",
                "police and at least one health professional, chaired by a manager in children's social care",
                "unattributed council practice standards 1.4 (docsbay)",
                groups=("police", "health"),
                roles=(_MANAGER,),
            ),
            QuorumRule(
                "Q2",
                "social worker, manager, health and police",
                "Guernsey HSC procedures",
                groups=("health", "police"),
                roles=(("social_worker",), _MANAGER),
            ),
            QuorumRule(
                "Q3",
                "children's social care and two other agencies",
                "Swindon (Aug 2016)",
                groups=("csc",),
                others=2,
            ),
            QuorumRule(
                "Q4",
                "three agencies; the chair may accept two with a reason",
                "Guernsey ISCP quorum article",
                others=3,
                chair_may_accept=2,
            ),
            QuorumRule(
                "Q5",
                "every core agency; otherwise the chair may go on with a reason",
                "proposed by this service",
                all_core=True,
                chair_may_accept=0,
            ),
        )
    }
)

_UNSET = Quorum(met=None, missing=(), chair_may_accept=False, words=NOT_SET)


def quorum(
    rule: QuorumRule | None,
    roles_present: Collection[str],
    groups: Mapping[str, str],
    core_roles: Collection[str] = (),
) -> Quorum:
    """Count one meeting.

    Args:
        rule: the partnership's choice; None when it has set none.
        roles_present: the roles that came, or that said they would, for a forecast.
        groups: role to group as the pack counts them (``Policy.role_groups``): this is where health counts as one,
            or health visitor and school nurse each count.
        core_roles: the meeting's core agencies; read by ``all_core`` rules only.
    """
    if rule is None:
        return _UNSET
    present = frozenset(roles_present)
    counted = {groups.get(role, group_of(role)) for role in present}
    # A group asked for by name keeps its own members even where the pack counts some of them separately.
    counted_by_name = {group_of(role) for role in present} | counted
    missing = [group_words(group) for group in rule.groups if group not in counted_by_name]
    missing += [_one_of(choice) for choice in rule.roles if present.isdisjoint(choice)]
    short = rule.others - len(counted.difference(rule.groups))
    if short > 0:
        missing.append(f"{short} more agenc{'y' if short == 1 else 'ies'}")
    if rule.all_core:
        missing += [words(role) for role in core_roles if role not in present]
    met = not missing
    accepted = not met and rule.chair_may_accept is not None and len(counted) >= rule.chair_may_accept
    return Quorum(met, tuple(missing), chair_may_accept=accepted, words=rule.words)


def _one_of(roles: tuple[str, ...]) -> str:
    return " or ".join(words(role) for role in roles)


def missing_partners(minimum: Collection[str], roles_present: Collection[str]) -> tuple[str, ...]:
    """The groups of the national minimum (social care, police, health) that are absent, in words.

    Separate from quorum: the guidance names the partners and states no figure (Working Together 2023, as restated).
    """
    present = {group_of(role) for role in roles_present}
    return tuple(group_words(group) for group in minimum if group not in present)
