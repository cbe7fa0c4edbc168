"""The list of reasons for short notice: a partnership adds to it, and a pack with a slip in it is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.questions import reason_code
from service.policies.load import content, from_content, load_file, load_pack
from service.policies.refusal import PolicyRefused

HEAD = """
[pack]
id = "here"
name = "Here"
version = "1"
owner = "the owner"
review_by = 2030-01-01
extends = "national"

[short_notice_reasons]
"""


def pack(tmp_path: Path, line: str) -> Path:
    path = tmp_path / "here.toml"
    path.write_text(HEAD + line, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["national", "lewisham", "wirral"])
def test_every_pack_has_the_national_list_and_each_code_is_one_that_figures_may_show(name: str) -> None:
    reasons = load_pack(name).short_notice_reasons
    assert "risk_cannot_wait" in reasons
    assert all(reason_code(code) == code for code in reasons)


def test_a_partnership_adds_a_reason_and_words_another_differently(tmp_path: Path) -> None:
    reasons = load_file(
        pack(tmp_path, 'school_closes = "the school closes"\nlate_request = "it came late"')
    ).short_notice_reasons
    assert reasons["school_closes"] == "the school closes"
    assert reasons["late_request"] == "it came late"
    assert "risk_cannot_wait" in reasons


@pytest.mark.parametrize(
    ("line", "sentence"),
    [('"Risk" = "x"', "is no code"), ('late = "x"', "is no code"), ("late_request = 3", "late_request")],
)
def test_a_slip_in_the_list_is_refused_with_file_and_place(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(PolicyRefused, match=sentence) as refused:
        load_file(pack(tmp_path, line))
    assert "here.toml" in str(refused.value)
    assert "short_notice_reasons" in str(refused.value)


def test_a_version_published_before_there_was_a_list_still_reads_and_has_none() -> None:
    old = {key: value for key, value in content(load_pack("lewisham")).items() if key != "short_notice_reasons"}
    assert from_content(old).short_notice_reasons == {}
