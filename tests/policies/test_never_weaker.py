"""Whatever a local pack says, it is refused, or it is no weaker than the national one: core, law, safety rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.clock_starts import ClockStart
from service.domain.evaluate import evaluate
from service.domain.facts import RequestFacts, Urgency
from service.domain.policy import Level, Policy
from service.domain.timescales import timescale
from service.policies.holidays import working_calendar
from service.policies.load import load_file, load_pack
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, figure, pack, rule
from tests.policies.random_requests import CLOCKS, MONDAY, random_requests

NATIONAL = load_pack("national")
CALENDAR = working_calendar(MONDAY.date())
TYPES = st.sampled_from(sorted(NATIONAL.meeting_types))
VALUES = st.one_of(
    st.sampled_from(["unset", "same day", "as soon as possible", "week 30 of the pregnancy"]),
    st.builds(
        "{} {}".format, st.integers(0, 30), st.sampled_from(["working days", "calendar days", "months", "hours"])
    ),
)
KEYS = st.sampled_from(["any", *(str(urgency) for urgency in Urgency)])
UNBORN = '{ fact = "age_band", operator = "is", value = "unborn" }'
EXCLUDED = '{ fact = "excluded_roles", operator = "not_empty" }'

deadlines = st.builds(lambda kind, key, value: figure(f"{kind}.deadline.{key}", value), TYPES, KEYS, VALUES)
earlier = st.builds(
    lambda kind, clock, value: figure(f"{kind}.or_earlier.{clock}", value),
    TYPES,
    st.sampled_from([str(start) for start in ClockStart]),
    VALUES,
)
clocks = st.builds(
    lambda kind, start: f'[meeting_types.{kind}.clock]\nstart = "{start}"\n{PROVENANCE}\n',
    TYPES,
    st.sampled_from([str(start) for start in ClockStart]),
)
partners = st.builds(
    lambda kind, groups: f"[meeting_types.{kind}]\nminimum_partners = {groups}\n".replace("'", '"'),
    TYPES,
    st.lists(st.sampled_from(["csc", "police", "health", "education", "lado", "employer"]), unique=True),
)
tracks = st.builds(
    lambda kind, track: f'[meeting_types.{kind}]\ntrack = "{track}"\n',
    TYPES,
    st.sampled_from(["child_protection", "allegation", "core_group", "every"]),
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A row that takes the place of a core rule or of the safety rule, in any way a row can be written."""
    taken = draw(st.sampled_from(["C01", "C02", "C03", "C30", "S01", "S02", "S03", "K01", "H01", "X99"]))
    before = next((each for each in NATIONAL.rules if each.id == taken), None)
    own = before.invite if before else ()
    invite = draw(st.lists(st.sampled_from([*own, "housing", "police_child_protection"]), min_size=1, unique=True))
    return rule(
        id=f'"{taken}"',
        replaces="true" if before else None,
        when=draw(st.sampled_from(['"always"', UNBORN, EXCLUDED])),
        invite=str(invite).replace("'", '"'),
        invite_from=draw(st.sampled_from([None, '"excluded_roles"'])),
        level=f'"{draw(st.sampled_from([*Level]))}"',
        exclude=draw(st.sampled_from([None, "true"])),
        track=draw(st.sampled_from([None, '"allegation"', '"core_group"', '"every"'])),
        needs_flag=draw(st.sampled_from([None, '"education_is_partner"'])),
    )


PARTS = st.one_of(deadlines, earlier, clocks, partners, tracks, rules())


def accepted(body: str) -> Policy | None:
    with TemporaryDirectory() as folder:
        try:
            return load_file(pack(Path(folder), body, extends="national"))
        except PolicyRefused:
            return None


def core(policy: Policy, facts: RequestFacts) -> set[str]:
    return {each.role for each in evaluate(policy, facts, explain=False).requirements if each.level is Level.CORE}


def latest(policy: Policy, facts: RequestFacts) -> datetime | None:
    return timescale(policy.meeting_type(facts.meeting_type), facts, CALENDAR).due_at


@settings(max_examples=100, deadline=None)
@given(PARTS)
def test_a_pack_is_refused_or_no_weaker_than_the_national_one(body: str) -> None:
    local = accepted(body)
    if local is None:
        return
    for facts in random_requests(NATIONAL, 30, seed=17):
        excluded = {each.role for each in evaluate(local, facts, explain=False).requirements if each.excluded}
        assert core(NATIONAL, facts) <= core(local, facts)
        assert facts.excluded_roles <= excluded
    for meeting_type in NATIONAL.meeting_types.values():
        for urgency in Urgency:
            law = meeting_type.deadline.of(urgency)
            here = local.meeting_type(meeting_type.id)
            assert set(meeting_type.minimum_partners) <= set(here.minimum_partners)
            assert here.deadline.of(urgency).statutory or not law.statutory
            _in_time_here_is_in_time_there(local, meeting_type.id, urgency)


def _in_time_here_is_in_time_there(local: Policy, meeting_type: str, urgency: Urgency) -> None:
    """With every clock started at one instant, which of them a pack counts from makes no difference."""
    for days in (0, 4, 59, 300):
        at = MONDAY + timedelta(days=days)
        facts = replace(RequestFacts(meeting_type, urgency, at, ()), **dict.fromkeys(CLOCKS, at))  # type: ignore[arg-type]
        there, here = latest(NATIONAL, facts), latest(local, facts)
        assert there is None or (here is not None and here <= there)


def test_the_examples_hold_packs_of_both_kinds() -> None:
    """The property above says nothing if every pack is refused."""
    assert accepted(figure("icpc.deadline.any", "10 working days")) is not None
    assert accepted(figure("icpc.deadline.any", "16 working days")) is None
    last = f'[meeting_types.icpc.clock]\nstart = "last_sd"\n{PROVENANCE}\n'
    assert accepted(last) is not None
    assert accepted(last.replace("last_sd", "decision")) is None
    assert accepted(last.replace("icpc", "rcpc_first").replace("last_sd", "birth")) is None
