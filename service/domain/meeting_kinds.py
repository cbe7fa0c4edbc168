"""Which of the packs' meeting types are strategy meetings, and which are initial conferences.

The lists stand here and not in the packs, so that every partnership's conversion is counted over the same types; a test
holds them against every type of every pack.
"""

from __future__ import annotations

# Every strategy discussion of Working Together that meets, whatever it is about.
STRATEGY_TYPES: frozenset[str] = frozenset(
    {
        "strategy",
        "strategy_after_emergency",
        "strategy_followup",
        "strategy_hospital",
        "strategy_missing",
        "strategy_review",
        "complex_abuse",
    }
)
# The second stage of a two-stage meeting, and the review of one: part of the same concern, not another.
CONTINUING_TYPES: frozenset[str] = frozenset({"strategy_followup", "strategy_review"})
# The conference an enquiry leads to. A transfer-in conference follows another authority's plan, not an enquiry here.
INITIAL_CONFERENCES: frozenset[str] = frozenset({"icpc", "prebirth_icpc"})
