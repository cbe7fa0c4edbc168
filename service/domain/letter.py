"""One message in two forms, plain text and simple HTML, laid out once from the same blocks.

Everything handed in is text: control characters become spaces, and the HTML escapes all of it. A link that is not a
web address is shown as words only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it will leave: one line of subject, the text form, and a whole HTML document."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A short line above what follows."""

    words: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    words: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; an empty one is left out."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Details:
    """Pairs of a label and its value, one to a line; a pair without a value is left out."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Link:
    """A link with the words that say where it leads."""

    words: str
    url: str


Block = Heading | Paragraph | Bullets | Details | Link


def lay_out(subject: str, blocks: Sequence[Block]) -> Message:
    """Write the blocks in both forms."""
    subject = one_line(subject)
    text = "\n\n".join(part for block in blocks if (part := _text(block)))
    body = "\n".join(part for block in blocks if (part := _html(block)))
    html = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n'
        f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n<body>\n{body}\n</body>\n</html>\n'
    )
    return Message(subject, text + "\n", html)


def one_line(text: str) -> str:
    """The text with every control character and run of white space made one space."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.netloc)


def _pairs(block: Details) -> list[tuple[str, str]]:
    return [(one_line(label), one_line(value)) for label, value in block.pairs if value.strip()]


def _text(block: Block) -> str:
    match block:
        case Heading(words) | Paragraph(words):
            return one_line(words)
        case Bullets(items):
            return "\n".join(f"* {one_line(item)}" for item in items)
        case Details():
            return "\n".join(f"{label}: {value}" for label, value in _pairs(block))
        case Link(words, url):
            return f"{one_line(words)}:\n{one_line(url)}"


def _html(block: Block) -> str:
    match block:
        case Heading(words):
            return f"<h2>{escape(one_line(words))}</h2>"
        case Paragraph(words):
            return f"<p>{escape(one_line(words))}</p>"
        case Bullets(items):
            listed = "".join(f"<li>{escape(one_line(item))}</li>" for item in items)
            return f"<ul>{listed}</ul>" if listed else ""
        case Details():
            lines = (f"<strong>{escape(label)}:</strong> {escape(value)}" for label, value in _pairs(block))
            joined = "<br>".join(lines)
            return f"<p>{joined}</p>" if joined else ""
        case Link(words, url):
            said, address = escape(one_line(words)), escape(one_line(url))
            return f'<p><a href="{address}">{said}</a></p>' if _is_web(one_line(url)) else f"<p>{said}: {address}</p>"
