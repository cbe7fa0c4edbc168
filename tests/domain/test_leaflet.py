"""The leaflet for parents: short sentences, short words, nothing only professionals say; and the version it carries."""

from __future__ import annotations

import hashlib
import re

from service.domain.leaflet import CONFERENCE

TEXT = [line for _, lines in CONFERENCE.shown(advocate_offered=True) for line in lines]
# Whoever changes a word gives the leaflet a new version, and writes its digest here.
DIGESTS = {"2026.1": "93fd29f3bfdc65d2"}


def test_a_changed_word_needs_a_new_version() -> None:
    written = repr((CONFERENCE.title, CONFERENCE.parts, CONFERENCE.advocate))
    assert DIGESTS[CONFERENCE.version] == hashlib.sha256(written.encode()).hexdigest()[:16]


def test_every_sentence_is_short_and_so_are_its_words() -> None:
    sentences = [part for line in TEXT for part in re.split(r"(?<=[.?!])\s+", line) if part]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert max(lengths) <= 20
    assert sum(lengths) / len(lengths) <= 13
    words = re.findall(r"[a-z]+", " ".join(TEXT).lower())
    assert sum(len(word) for word in words) / len(words) < 4.5


def test_it_says_nothing_that_only_professionals_say() -> None:
    jargon = {"icpc", "s47", "multi-agency", "quorum", "lcpp", "safeguarding", "statutory", "enquiry", "practitioner"}
    assert not jargon & set(re.findall(r"[\w-]+", " ".join(TEXT).lower()))


def test_the_advocate_is_only_offered_where_there_is_one() -> None:
    assert CONFERENCE.advocate in CONFERENCE.shown(advocate_offered=True)
    assert CONFERENCE.advocate not in CONFERENCE.shown(advocate_offered=False)
