"""``python -m bench [NAME …]``: what we state, in about twenty minutes; the names are those of ``BENCHES``.

``hour`` takes an hour, and is only run when it is named. Ratios within one run decide; absolute times move
with the machine and with whatever else it is doing. Exits with 1 when an aim was missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC

from bench import endurance, graph_call, hour, intake, pipeline, plan, quarter, replay, report, slots, worklist
from bench.figures import Verdict, show_verdicts
from service.clock import real_now

BENCHES: dict[str, Callable[[], list[Verdict]]] = {
    "intake": intake.run,
    "pipeline": pipeline.run,
    "graph": graph_call.run,
    "plan": plan.run,
    "replay": replay.run,
    "slots": slots.run,
    "quarter": quarter.run,
    "report": report.run,
    "worklist": worklist.run,
    "endurance": endurance.run,
    "hour": hour.run,
}
_USUAL = tuple(name for name in BENCHES if name != "hour")


def main(arguments: list[str]) -> int:
    """Run the benches named, or all; returns the exit code."""
    unknown = [name for name in arguments if name not in BENCHES]
    if unknown:
        print(f"bench: there is no {unknown[0]!r}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    print(f"Measured on {real_now().astimezone(UTC):%d %B %Y, %H:%M} UTC")
    verdicts = [verdict for name in arguments or _USUAL for verdict in BENCHES[name]()]
    show_verdicts(verdicts)
    return 0 if all(verdict.met for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
