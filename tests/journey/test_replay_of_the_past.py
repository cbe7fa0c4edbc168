"""A draft policy on meetings that really went out: the notice they had is held against the draft's figure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service.domain.replay import Notice, Quorums
from service.domain.requests import Wishes
from service.policies.load import load_file
from service.workflow.meetings import cancel_meeting
from service.workflow.replay import replay_policy
from tests.domain.test_replay_tally import HOUSING, NOTICE, PACK, QUORUM
from tests.journey.acts import START
from tests.journey.test_attendance_in_full import SOCIAL_WORKER, begun, record
from tests.journey.world import TUESDAY_NINE, World, a_request, reference_of

DAY = TUESDAY_NINE.date()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.toml"
    path.write_text(PACK + HOUSING + NOTICE, encoding="utf-8")
    return path


async def test_notice_before_is_unset_and_under_the_draft_it_is_kept_or_broken(small: World, draft: Path) -> None:
    await small.receive(a_request(wishes=Wishes(start=START)))
    await small.receive(a_request(wishes=Wishes(start=TUESDAY_NINE + timedelta(hours=3))))
    off = await small.receive(a_request(wishes=Wishes(start=START)))
    await small.settle()
    await cancel_meeting(small.services, "lewisham", reference_of(off), reason="facts_now_clear", actor="officer")
    await small.settle()
    steps: list[tuple[int, int]] = []
    found = await replay_policy(
        small.services, "lewisham", load_file(draft), DAY, DAY, lambda done, total: steps.append((done, total))
    )
    assert steps == [(number, 3) for number in range(4)]
    # Of Lewisham's agencies only the social worker has an inbox here; housing is added by the draft.
    assert found.before == Notice(not_set=2)
    assert found.after == Notice(kept=2, broken=2)
    assert found.added.total() == 3
    assert found.no_inbox["housing"] == 3


async def test_the_quorum_of_the_draft_is_held_against_the_attendance_that_was_recorded(
    small: World, tmp_path: Path
) -> None:
    reference = await begun(small)
    draft = tmp_path / "draft.toml"
    draft.write_text(PACK + HOUSING + QUORUM, encoding="utf-8")
    nobody = await replay_policy(small.services, "lewisham", load_file(draft), DAY, DAY, lambda _, __: None)
    assert (nobody.quorum_before, nobody.quorum_after) == (Quorums(), Quorums())
    await record(small, reference, SOCIAL_WORKER)
    found = await replay_policy(small.services, "lewisham", load_file(draft), DAY, DAY, lambda _, __: None)
    assert found.quorum_before == Quorums(not_set=1)
    # Social care came; with housing, which the draft adds, there would still be one other agency only.
    assert found.quorum_after == Quorums(missed=1)
    draft.write_text(PACK + HOUSING + QUORUM.replace("Q3", "Q5"), encoding="utf-8")
    core = await replay_policy(small.services, "lewisham", load_file(draft), DAY, DAY, lambda _, __: None)
    assert core.quorum_after == Quorums(missed=1)
