"""Laying a local pack over a wider one: what it may change, and what the law and the core forbid."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.facts import Urgency
from service.domain.spans import Span, Unit
from service.policies.load import content, from_content, load_file, load_pack
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, figure, pack, rule

CORE_RULE = {"id": '"C02"', "level": '"core"', "invite": '["police_child_protection"]', "replaces": "true"}


def refusal(path: Path) -> str:
    with pytest.raises(PolicyRefused) as refused:
        load_file(path)
    assert refused.value.file == path.name
    return refused.value.sentence


def test_a_statutory_deadline_may_be_shortened_and_stays_statutory(tmp_path: Path) -> None:
    policy = load_file(pack(tmp_path, figure("icpc.deadline.any", "10 working days"), extends="national"))

    deadline = policy.meeting_type("icpc").deadline.of(Urgency.STANDARD)
    assert (deadline.value, deadline.statutory) == (Span(10, Unit.WORKING_DAYS), True)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("any", "20 working days", "it may be shortened, not lengthened to 20 working days"),
        ("standard", "16 working days", "for standard urgency by law; it may be shortened, not lengthened"),
        ("any", "unset", "the packs it extends set 15 working days by law, and it cannot be unset"),
        ("any", "21 calendar days", "write it in working days, so that the two can be compared"),
    ],
)
def test_a_statutory_deadline_may_not_be_weakened(tmp_path: Path, key: str, value: str, sentence: str) -> None:
    path = pack(tmp_path, figure(f"icpc.deadline.{key}", value), extends="national")

    assert sentence in refusal(path)


def test_the_law_holds_through_a_chain_of_packs(tmp_path: Path) -> None:
    """The middle pack shortens the deadline; the last one may not lengthen it again past the middle one's own."""
    pack(tmp_path, figure("icpc.deadline.any", "10 working days"), extends="national", name="region")
    path = pack(tmp_path, figure("icpc.deadline.any", "12 working days"), extends="region", name="borough")

    assert "the packs it extends set 10 working days by law" in refusal(path)


def test_a_figure_that_is_not_statutory_is_the_partnerships_own(tmp_path: Path) -> None:
    path = pack(tmp_path, figure("strategy_followup.deadline.any", "7 working days"), extends="lewisham")

    assert load_file(path).meeting_type("strategy_followup").deadline.otherwise.value == Span(7, Unit.WORKING_DAYS)


def test_one_urgency_may_be_set_and_the_others_stay_as_they_were(tmp_path: Path) -> None:
    path = pack(tmp_path, figure("strategy.notice_standard.planned", "2 working days"), extends="wirral")
    notice = load_file(path).meeting_type("strategy").notice_standard

    assert notice.of(Urgency.PLANNED).value == Span(2, Unit.WORKING_DAYS)
    assert notice.of(Urgency.STANDARD).value is None


def test_a_core_agency_may_be_added(tmp_path: Path) -> None:
    path = pack(tmp_path, rule(level='"core"'), extends="national")

    assert "X01" in {each.id for each in load_file(path).rules}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"level": '"conditional"'}, "a pack cannot remove a core agency: police_child_protection"),
        ({"invite": '["probation"]'}, "a pack cannot remove a core agency: police_child_protection"),
        ({"exclude": "true"}, "a pack cannot remove a core agency: police_child_protection"),
        (
            {"when": '{ fact = "age_band", operator = "is", value = "unborn" }'},
            "a pack cannot change 'when' of a rule that invites a core agency",
        ),
        ({"track": '"allegation"'}, "a pack cannot change 'track'"),
        ({"needs_flag": '"education_is_partner"'}, "a pack cannot change 'needs_flag'"),
    ],
)
def test_a_core_agency_may_not_be_removed(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(pack(tmp_path, rule(**{**CORE_RULE, **changes}), extends="national"))


def test_a_core_rule_may_be_given_other_words_and_more_agencies(tmp_path: Path) -> None:
    changes = {**CORE_RULE, "invite": '["police_child_protection", "probation"]', "reason": '"local words"'}
    policy = load_file(pack(tmp_path, rule(**changes), extends="national"))

    found = next(each for each in policy.rules if each.id == "C02")
    assert (found.reason, found.pack, len(found.invite)) == ("local words", "example", 2)
    assert [each.id for each in policy.rules][:3] == ["C01", "C02", "C03"]


def test_the_safety_rule_may_be_reworded_and_never_loosened(tmp_path: Path) -> None:
    same = {
        "id": '"C30"',
        "replaces": "true",
        "when": '{ fact = "excluded_roles", operator = "not_empty" }',
        "exclude": "true",
        "invite": None,
        "invite_from": '"excluded_roles"',
    }
    reworded = load_file(pack(tmp_path, rule(**same), extends="national"))
    assert next(each for each in reworded.rules if each.id == "C30").reason == "an example reason"

    for loosened in ({"exclude": None}, {"needs_flag": '"education_is_partner"'}):
        sentence = refusal(pack(tmp_path, rule(**{**same, **loosened}), extends="national"))
        assert sentence == "this rule keeps a child safe: a pack may change its words only"


def test_a_rule_id_of_a_wider_pack_may_not_be_taken_by_accident(tmp_path: Path) -> None:
    sentence = refusal(pack(tmp_path, rule(id='"C13"'), extends="national"))

    assert sentence == "the national pack already has a rule C13; write replaces = true to change it"


def test_education_may_not_be_switched_off_below_a_pack_that_made_it_a_partner(tmp_path: Path) -> None:
    assert "cannot be switched off" in refusal(
        pack(tmp_path, "[flags]\neducation_is_partner = false", extends="wirral")
    )


def test_a_meeting_type_may_not_leave_its_track_or_lose_a_partner(tmp_path: Path) -> None:
    moved = pack(tmp_path, '[meeting_types.strategy]\ntrack = "allegation"', extends="national", name="moved")
    fewer = pack(tmp_path, '[meeting_types.strategy]\nminimum_partners = ["csc"]', extends="national", name="fewer")

    assert "cannot move a meeting type to another track" in refusal(moved)
    assert "a pack cannot remove a core agency: health, police" in refusal(fewer)


def test_a_new_meeting_type_and_its_rule_are_only_rows(tmp_path: Path) -> None:
    body = f"""
[meeting_types.asv]
name = "allegations meeting"
track = "allegation"
modes = {{ any = ["online"] }}
ladder = {{ any = "default" }}
[meeting_types.asv.clock]
start = "lado_referral"
{PROVENANCE}
"""
    policy = load_file(pack(tmp_path, body + rule(track='"allegation"', invite='["probation"]'), extends="national"))

    assert policy.meeting_type("asv").track == "allegation"


def test_role_groups_are_remapped_where_the_pack_counts_otherwise(tmp_path: Path) -> None:
    path = pack(tmp_path, '[role_groups]\nhealth_visitor = "health_visitor"', extends="national")
    groups = load_file(path).role_groups

    assert (groups["health_visitor"], groups["midwifery"]) == ("health_visitor", "health")


def test_a_published_policy_reads_back_as_the_same_policy() -> None:
    for name in ("national", "london", "lewisham", "wirral"):
        policy = load_pack(name)
        shuffled = dict(reversed(content(policy).items()))

        assert from_content(shuffled).content_hash == policy.content_hash
        assert from_content(shuffled) is policy


def test_the_hash_changes_with_a_figure_and_not_with_a_comment(tmp_path: Path) -> None:
    plain = load_file(pack(tmp_path, rule(), extends="national"))
    commented = load_file(pack(tmp_path, "# a remark\n" + rule(), extends="national"))
    changed = load_file(pack(tmp_path, rule(reason='"other words"'), extends="national"))

    assert plain.content_hash == commented.content_hash
    assert plain.content_hash != changed.content_hash
