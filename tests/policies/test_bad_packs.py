"""Every way a pack can be wrong ends in its file, its row, and a sentence a policy owner understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.policies.load import load_file, load_pack
from service.policies.refusal import PolicyRefused
from tests.policies.pack_files import PROVENANCE, TYPE, figure, pack, rule

ABUSE = '{ fact = "circumstances", operator = "contains", value = "domestic_abuse" }'
NO_ABUSE = '{ fact = "circumstances", operator = "lacks", value = "domestic_abuse" }'
UNBORN = '{ fact = "age_band", operator = "is", value = "unborn" }'
TODDLER = '{ fact = "age_band", operator = "is", value = "0-4" }'

TEA = f"""
[meeting_types.tea]
name = "tea"
ladder = {{ planned = "default" }}
modes = {{ any = ["phone"] }}
[meeting_types.tea.clock]
start = "decision"
{PROVENANCE}
"""
YARDSTICK = f"""
[[yardsticks]]
id = "y"
words = "x"
caution = "x"
points = [{{ at = "May", percent = 101 }}]
{PROVENANCE}
"""

BAD_RULES = {
    "a typing error in a name": (rule(levle='"core"'), "X01", "'levle' is not a name this row knows; did you mean"),
    "no reason": (rule(reason=None), "X01", "'reason' is missing"),
    "an empty reason": (rule(reason='" "'), "X01", "'reason' must be words in quotes"),
    "an unknown role": (rule(invite='["housng"]'), "X01", "'invite' does not know 'housng'; did you mean 'housing'?"),
    "a role named twice": (rule(invite='["gp", "gp"]'), "X01", "'invite' names something twice"),
    "roles without a list": (rule(invite='"gp"'), "X01", "'invite' must be a list of words in quotes"),
    "an unknown level": (rule(level='"vital"'), "X01", "'level' does not know 'vital'"),
    "an unknown confidence": (rule(confidence='"sure"'), "X01", "'confidence' does not know 'sure'"),
    "a review date that is none": (rule(review_by='"soon"'), "X01", "'review_by' must be a date such as 2027-03-31"),
    "a switch in words": (rule(report_accepted='"yes"'), "X01", "'report_accepted' must be true or false"),
    "an unknown flag": (rule(needs_flag='"education"'), "X01", "'needs_flag' does not know 'education'"),
    "an unknown arrangement": (rule(asks='["tea"]'), "X01", "'asks' does not know 'tea'"),
    "roles from a fact that holds none": (
        rule(invite_from='"urgency"'),
        "X01",
        "'invite_from' does not know 'urgency'",
    ),
    "nobody invited": (
        rule(invite=None),
        "X01",
        "this rule invites nobody, opens no meeting, asks for nothing and names no team",
    ),
    "a rule id used twice": (rule() + rule(), "X01", "this rule id is used twice in this pack"),
    "no rule id": (rule(id=None), "rules[1]", "'id' is missing"),
    "an unknown fact": (
        rule(when='{ fact = "age_bnad", operator = "is", value = "unborn" }'),
        "X01",
        "there is no fact 'age_bnad'; did you mean 'age_band'?",
    ),
    "an operator the fact does not take": (
        rule(when='{ fact = "age_band", operator = "contains", value = "unborn" }'),
        "X01",
        "'operator' does not know 'contains'",
    ),
    "a value of the wrong type": (
        rule(when='{ fact = "on_school_roll", operator = "is", value = "yes" }'),
        "X01",
        "the value of 'on_school_roll is' must be true or false",
    ),
    "one word where a list is wanted": (
        rule(when='{ fact = "age_band", operator = "one_of", value = "unborn" }'),
        "X01",
        "the value of 'age_band one_of' must be a list of words in quotes",
    ),
    "an empty list": (
        rule(when='{ fact = "age_band", operator = "one_of", value = [] }'),
        "X01",
        "the value of 'age_band one_of' must be a list of words in quotes",
    ),
    "a circumstance with a typing error": (
        rule(when='{ fact = "circumstances", operator = "contains", value = "domestic_abus" }'),
        "X01",
        "'circumstances' does not know 'domestic_abus'; did you mean 'domestic_abuse'?",
    ),
    "a condition with a stray name": (
        rule(when='{ fact = "age_band", operator = "is", value = "unborn", scope = "child" }'),
        "X01",
        "'scope' is not a name this row knows",
    ),
    "a condition that is no table": (rule(when='"sometimes"'), "X01", "this must be a table of names and values"),
    "nothing to choose from": (rule(when="{ any = [] }"), "X01", "'any' must list at least one condition"),
    "two ages at once": (
        rule(when=f"{{ all = [{UNBORN}, {TODDLER}] }}"),
        "X01",
        "this rule can never fire: 'age_band' would have to be two things at once",
    ),
    "a circumstance held and lacked": (
        rule(when=f"{{ all = [{ABUSE}, {NO_ABUSE}] }}"),
        "X01",
        "this rule can never fire: 'circumstances' would have to hold a word and lack it",
    ),
    "every branch impossible": (
        rule(when=f"{{ any = [{{ all = [{UNBORN}, {TODDLER}] }}, {{ all = [{ABUSE}, {NO_ABUSE}] }}] }}"),
        "X01",
        "this rule can never fire",
    ),
    "a meeting type nobody has": (
        rule(when='{ fact = "meeting_type", operator = "is", value = "stratergy" }'),
        "X01",
        "'meeting_type' does not know 'stratergy'; did you mean 'strategy'?",
    ),
    "a separate meeting nobody has": (rule(separate='"tribunal"'), "X01", "'separate' does not know 'tribunal'"),
    "a track without a meeting": (
        rule(track='"child_protecton"'),
        "X01",
        "no meeting type is on the track 'child_protecton'; did you mean 'child_protection'?",
    ),
    "a replacement of nothing": (rule(replaces="true"), "X01", "no pack it extends has that id"),
}

BAD_TYPES = {
    "a unit that is none": (
        figure("strategy.deadline.any", "5 fortnights"),
        "meeting_types.strategy.deadline.any",
        "'5 fortnights' is no length of time",
    ),
    "a figure without a unit": (
        figure("strategy.deadline.any", "5"),
        "meeting_types.strategy.deadline.any",
        "'5' is no length of time",
    ),
    "a figure without a source": (
        '[meeting_types.strategy.deadline.any]\nvalue = "5 working days"\n',
        "meeting_types.strategy.deadline.any",
        "'source' is missing",
    ),
    "an urgency that is none": (
        figure("strategy.deadline.urgent", "5 working days"),
        "meeting_types.strategy.deadline",
        "'urgency' does not know 'urgent'",
    ),
    "an unset statutory figure": (
        figure("strategy.deadline.any", "unset", "statutory = true"),
        "meeting_types.strategy.deadline.any",
        "an unset figure cannot be statutory",
    ),
    "an unknown quorum rule": (
        f'[meeting_types.strategy.quorum]\nrule = "Q9"\n{PROVENANCE}',
        "meeting_types.strategy.quorum",
        "'rule' does not know 'Q9'",
    ),
    "an unknown clock": (
        f'[meeting_types.strategy.clock]\nstart = "midnight"\n{PROVENANCE}',
        "meeting_types.strategy.clock",
        "'start' does not know 'midnight'",
    ),
    "an unknown way to meet": (
        '[meeting_types.strategy]\nmodes = { any = ["pigeon"] }',
        "meeting_types.strategy.modes",
        "'any' does not know 'pigeon'",
    ),
    "no way to meet": (
        "[meeting_types.strategy]\nmodes = { any = [] }",
        "meeting_types.strategy.modes",
        "'any' must name at least one way to meet",
    ),
    "an unknown ladder": (
        '[meeting_types.strategy]\nladder = { any = "rope" }',
        "meeting_types.strategy",
        "'ladder' does not know 'rope'",
    ),
    "a second stage nobody has": (
        '[meeting_types.strategy]\nfollowed_by = { immediate = "party" }',
        "meeting_types.strategy",
        "'followed_by' does not know 'party'",
    ),
    "two stages at any urgency": (
        '[meeting_types.strategy]\nfollowed_by = { any = "icpc" }',
        "meeting_types.strategy",
        "'followed_by' names an urgency, not any",
    ),
    "a new type without a name": (
        '[meeting_types.tea]\nladder = { any = "default" }',
        "meeting_types.tea",
        "a new meeting type needs 'name'",
    ),
    "a new type without a way for every urgency": (
        TEA,
        "meeting_types.tea",
        "'ladder' must say what holds for any urgency",
    ),
    "a name that is no key of a meeting type": (
        '[meeting_types.strategy]\ncolour = "red"',
        "meeting_types.strategy",
        "'colour' is not a name this row knows",
    ),
    "an unknown agency group": (
        '[meeting_types.strategy]\nminimum_partners = ["csc", "police", "health", "clergy"]',
        "meeting_types.strategy",
        "'minimum_partners' does not know 'clergy'",
    ),
    "a ladder without steps": (
        f"[ladders.quick]\nsteps = []\n{PROVENANCE}",
        "ladders.quick",
        "a ladder needs at least one step",
    ),
    "a step at the start itself": (
        f'[ladders.quick]\nsteps = [{{ before = "same day", to = "inbox", words = "late" }}]\n{PROVENANCE}',
        "ladders.quick.steps[1]",
        "'before' must say how long before the start",
    ),
    "a step to nobody": (
        f'[ladders.quick]\nsteps = [{{ before = "2 hours", to = "mayor", words = "?" }}]\n{PROVENANCE}',
        "ladders.quick.steps[1]",
        "'to' does not know 'mayor'",
    ),
    "an unknown flag": ("[flags]\neducation = true", "flags", "'education' is not a name this row knows"),
    "a role counted in no group": (
        '[role_groups]\ngp = "surgery"',
        "role_groups",
        "'gp' does not know 'surgery'",
    ),
    "an unknown role counted": ('[role_groups]\ngpp = "health"', "role_groups", "'role_groups' does not know 'gpp'"),
    "a table nobody knows": ("[meetings]\nx = 1", "", "'meetings' is not a name this row knows"),
    "flags that are no table": ("[[flags]]\nx = 1", "", "'flags' must be a table"),
    "rules that are no list": ("[rules]\nx = 1", "", "'rules' must be a list of rows"),
    "a neighbour's figure about nothing": (
        '[[seen_elsewhere]]\nmeeting_type = "strategy"\nabout = "weather"\nplace = "X"\nwords = "x"\n'
        + PROVENANCE.strip(),
        "seen_elsewhere",
        "'about' does not know 'weather'",
    ),
    "a note on a meeting nobody has": (
        f'[[notes]]\nmeeting_type = "tea"\nwords = "x"\n{PROVENANCE}',
        "notes",
        "'meeting_type' does not know 'tea'",
    ),
    "a yardstick beyond a hundred": (
        YARDSTICK,
        "yardsticks[1].points[1]",
        "'percent' must be a number from 0 to 100",
    ),
}


@pytest.mark.parametrize("why", [*BAD_RULES, *BAD_TYPES])
def test_a_bad_pack_is_refused_with_file_row_and_sentence(tmp_path: Path, why: str) -> None:
    body, row, sentence = {**BAD_RULES, **BAD_TYPES}[why]

    with pytest.raises(PolicyRefused) as refused:
        load_file(pack(tmp_path, body, extends="national"))

    assert refused.value.file == "example.toml"
    assert refused.value.rule.startswith(row)
    assert sentence in refused.value.sentence
    assert str(refused.value).startswith("example.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[pack", "this is not a readable TOML file"),
        ("x = 1", "'pack' is missing"),
        ('pack = "london"', "this must be a table of names and values"),
    ],
)
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PolicyRefused, match=r"broken\.toml") as refused:
        load_file(path)
    assert sentence in refused.value.sentence


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(b'[pack]\nname = "\xff\xfe"')

    with pytest.raises(PolicyRefused, match="not a readable TOML file"):
        load_file(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="there is no such pack"):
        load_file(tmp_path / "nowhere.toml")
    with pytest.raises(PolicyRefused, match="the pack cannot be read"):
        load_file(tmp_path)


def test_an_unknown_packaged_pack_names_the_nearest() -> None:
    with pytest.raises(PolicyRefused, match="there is no pack 'lewishm'; did you mean 'lewisham'"):
        load_pack("lewishm")


def test_a_pack_that_extends_nothing_that_exists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="it extends 'atlantis', and there is no such pack"):
        load_file(pack(tmp_path, "", extends="atlantis"))


def test_a_pack_may_not_reach_out_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="'extends' must be the name of a pack"):
        load_file(pack(tmp_path, "", extends="../../secret"))


def test_packs_that_extend_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    pack(tmp_path, "", extends="beta", name="alpha")
    pack(tmp_path, "", extends="gamma", name="beta")
    path = pack(tmp_path, "", extends="alpha", name="gamma")

    with pytest.raises(PolicyRefused, match="circle: gamma extends alpha extends beta extends gamma"):
        load_file(path)


def test_a_good_small_pack_is_accepted_by_itself(tmp_path: Path) -> None:
    policy = load_file(pack(tmp_path, TYPE + rule()))

    assert [each.id for each in policy.rules] == ["X01"]
    assert policy.meeting_type("strategy").deadline.otherwise.value is None
