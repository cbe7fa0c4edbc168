"""What an agency's tag says while its invitation is on its way, once it is there, and where none will come any more."""

from __future__ import annotations

import pytest

from service.web.meeting import status_of

STATUS = [
    ({"invited": False, "on_its_way": False, "over": False}, "not invited yet"),
    ({"invited": False, "on_its_way": True, "over": False}, "invitation on its way"),
    ({"invited": True, "on_its_way": False, "over": False}, "invited, no answer"),
    # Nobody will be invited to what is over: "yet" would promise it.
    ({"invited": False, "on_its_way": False, "over": True}, "was not invited"),
    ({"invited": True, "on_its_way": False, "over": True}, "invited, no answer"),
]


@pytest.mark.parametrize(("facts", "words"), STATUS)
def test_an_agency_without_an_answer_is_told_apart_by_its_invitation(facts: dict[str, bool], words: str) -> None:
    assert status_of("wanted", None, **facts)[0] == words
    assert status_of("no_inbox", None, **facts)[0] == "no inbox"
    assert status_of("wanted", "yes", **facts)[0] == "said yes"
