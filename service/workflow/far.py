"""How far a long piece of work is, for whoever looks at it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Far:
    """``done`` of ``total`` things; the total grows as the work finds out what there is to do."""

    done: int = 0
    total: int = 0

    def expect(self, number: int) -> None:
        """So many more are to be done."""
        self.total += number

    def one(self) -> None:
        """One of them is done."""
        self.done += 1
