"""Small packs written to a temporary folder, to be read, merged and refused."""

from __future__ import annotations

from pathlib import Path

HEAD = """
[pack]
id = "{id}"
name = "Example"
version = "1"
owner = "Example Safeguarding Children Partnership"
review_by = 2027-03-31
{extends}
"""

PROVENANCE = """
source = "an example procedure"
confidence = "S"
"""

RULE = f"""
[[rules]]
id = "X01"
when = "always"
invite = ["housing"]
level = "conditional"
strength = "should"
reason = "an example reason"
{PROVENANCE}
"""

TYPE = f"""
[ladders.default]
{PROVENANCE}
steps = [{{ before = "2 working hours", to = "phone", words = "phone them" }}]

[meeting_types.strategy]
name = "strategy meeting"
modes = {{ any = ["phone"] }}
ladder = {{ any = "default" }}

[meeting_types.strategy.clock]
start = "concern_recorded"
{PROVENANCE}
"""


def pack(folder: Path, body: str, *, extends: str | None = None, name: str = "example") -> Path:
    """One pack file with a proper head and this body."""
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(id=name, extends=f'extends = "{extends}"' if extends else "") + body, encoding="utf-8")
    return path


def rule(**changes: str | None) -> str:
    """The example rule with some of its lines changed (raw TOML) or, with None, left out."""
    lines = [line for line in RULE.strip().splitlines() if line]
    for key, value in changes.items():
        lines = [line for line in lines if not line.startswith(f"{key} =")]
        if value is not None:
            lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def figure(where: str, value: str, extra: str = "") -> str:
    """One figure of a meeting type: ``where`` is its dotted name."""
    return f'[meeting_types.{where}]\nvalue = "{value}"\n{extra}{PROVENANCE}\n'
