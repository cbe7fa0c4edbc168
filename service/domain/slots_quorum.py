"""Where on a grid the quorum can be met: ``domain.quorum.quorum`` for every start at once. A test compares the two."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from service.domain.quorum import QuorumRule
from service.domain.roles import group_of
from service.domain.slots_grid import Starts, at_least


def can_meet(
    rule: QuorumRule,
    free: Mapping[str, Starts],
    groups: Mapping[str, str],
    core_roles: Collection[str],
    everywhere: Starts,
) -> Starts:
    """The starts at which those who are free would meet the quorum.

    Args:
        rule: the partnership's choice.
        free: role to the starts at which somebody of that role can come.
        groups: role to group as the pack counts them, as ``quorum`` takes it.
        core_roles: the meeting's core agencies; read by ``all_core`` rules only.
        everywhere: all starts of the grid.
    """
    counted: dict[str, Starts] = {}
    by_name: dict[str, Starts] = {}
    for role, starts in free.items():
        group = groups.get(role, group_of(role))
        counted[group] = counted.get(group, 0) | starts
        for name in {group, group_of(role)}:
            by_name[name] = by_name.get(name, 0) | starts
    met = everywhere
    for group in rule.groups:
        met &= by_name.get(group, 0)
    for choice in rule.roles:
        any_of = 0
        for role in choice:
            any_of |= free.get(role, 0)
        met &= any_of
    if rule.others:
        met &= at_least(
            rule.others, (starts for name, starts in counted.items() if name not in rule.groups), everywhere
        )
    if rule.all_core:
        for role in core_roles:
            met &= free.get(role, 0)
    return met
