"""The one way a pack is refused: which file, which row, and a sentence its owner understands."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PolicyRefused(ValueError):  # noqa: N818 - the policy owner's word, used by every door that shows it
    """Raised while a pack is read or merged; ``convene policy validate`` and ``check`` print it.

    ``file`` is the pack's file name, ``rule`` the rule id or the row's dotted name (empty: the whole file).
    """

    def __init__(self, file: str, rule: str, sentence: str) -> None:
        where = f"{file}, {rule}" if rule else file
        super().__init__(f"{where}: {sentence}")
        self.file = file
        self.rule = rule
        self.sentence = sentence


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a refusal's sentence: the nearest known word, or nothing when none is near."""
    found = get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
