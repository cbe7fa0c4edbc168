"""A Graph call ends before the job that makes it, and the job before the lease of its row."""

from __future__ import annotations

import pytest

from service.scheduler.jobs import JOB_SECONDS
from service.settings import LONGEST_CALL, SettingsRefusedError, load
from service.store.changes.outbox import LEASE


def test_a_call_is_shorter_than_its_job_and_the_job_than_its_lease() -> None:
    assert LONGEST_CALL < JOB_SECONDS < LEASE.total_seconds()


@pytest.mark.parametrize("seconds", ["40.1", "60", "120"])
def test_a_longer_deadline_for_graph_is_refused_at_the_start_with_its_reason(seconds: str) -> None:
    with pytest.raises(SettingsRefusedError) as refused:
        load({"CONVENE_GRAPH_TIMEOUT": seconds})
    (said,) = [sentence for sentence in refused.value.sentences if "GRAPH_TIMEOUT" in sentence]
    assert "second worker" in said


def test_the_longest_deadline_is_allowed() -> None:
    with pytest.raises(SettingsRefusedError) as refused:
        load({"CONVENE_GRAPH_TIMEOUT": str(LONGEST_CALL)})
    assert not [sentence for sentence in refused.value.sentences if "GRAPH_TIMEOUT" in sentence]
