"""Message bodies: rewritten on arrival as Exchange does, and made safe to show on a page."""

import html
import re
from html.parser import HTMLParser
from typing import Any

from service.sandbox.fields import one_of, record, text

BODY = record({"contentType": one_of("text", "html"), "content": text(3_000_000)}, required=("contentType", "content"))

_META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
_INNER = re.compile(r"<body[^>]*>(.*)</body>", re.IGNORECASE | re.DOTALL)
_SCRIPT = re.compile(r"<(script|iframe|object|embed)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_HREF = re.compile(r"https?://[^\s<>\"']+")
# In running text a full stop or a bracket after an address is not part of it.
_URL = re.compile(r"https?://[^\s<>\"')]*[^\s<>\"').,;:!?]")
_KEPT = frozenset(
    {"p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "table", "tbody", "thead", "tr", "td", "th", "hr"}
)
_LINES = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_HIDDEN = frozenset({"script", "style", "head", "title", "iframe", "object"})


def stored_html(body: dict[str, Any]) -> str:
    """Return the HTML Exchange keeps for a body: one document, a charset head, CRLF line ends, no scripts."""
    content = str(body["content"])
    if body["contentType"] == "text":
        content = "<br>\n".join(html.escape(content, quote=False).splitlines())
    found = _INNER.search(content)
    inner = _SCRIPT.sub("", found.group(1) if found else content)
    page = f"<html><head>\n{_META}</head><body>\n{inner.strip()}\n</body></html>\n"
    return page.replace("\r\n", "\n").replace("\n", "\r\n")


def shown_body(stored: str, *, as_text: bool) -> dict[str, str]:
    """Return ``itemBody`` in the form the caller prefers."""
    if as_text:
        return {"contentType": "text", "content": plain_text(stored)}
    return {"contentType": "html", "content": stored}


def preview(stored: str) -> str:
    """Return the first 255 characters of the text."""
    return plain_text(stored)[:255]


def plain_text(stored: str) -> str:
    """Return the text of an HTML body."""
    reader = _Reader()
    reader.feed(stored)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).splitlines())
    return "\n".join(line for line in lines if line)


def safe_html(stored: str) -> str:
    """Return HTML that is safe to show: a few plain elements, http(s) links, text; everything else dropped."""
    reader = _Reader()
    reader.feed(stored)
    reader.close()
    return "".join(reader.markup) + "".join(f"</{tag}>" for tag in reversed(reader.open))


class _Reader(HTMLParser):
    """Reads any HTML into plain text and into a small safe subset at once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.markup: list[str] = []
        self.open: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if self._hidden:
            return
        if tag in _LINES:
            self.text.append("\n")
        if tag == "a":
            self._link(dict(attrs).get("href") or "")
        elif tag in ("br", "hr"):
            self.markup.append(f"<{tag}>")
        else:
            self._start({"div": "p"}.get(tag, "p" if tag in _LINES - _KEPT else tag))

    def _link(self, href: str) -> None:
        if _HREF.fullmatch(href.strip()):
            self.open.append("a")
            self.markup.append(f'<a href="{html.escape(href.strip())}" rel="noreferrer noopener">')

    def _start(self, tag: str) -> None:
        if tag in _KEPT:
            self.open.append(tag)
            self.markup.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
            return
        if self._hidden:
            return
        if tag in _LINES:
            self.text.append("\n")
        shown = "p" if tag in _LINES - _KEPT else tag
        if shown in self.open:
            while self.open:
                closing = self.open.pop()
                self.markup.append(f"</{closing}>")
                if closing == shown:
                    break

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.text.append(data)
        if "a" in self.open:
            self.markup.append(html.escape(data, quote=False))
            return
        last = 0
        for found in _URL.finditer(data):
            url = html.escape(found.group())
            self.markup.append(html.escape(data[last : found.start()], quote=False))
            self.markup.append(f'<a href="{url}" rel="noreferrer noopener">{url}</a>')
            last = found.end()
        self.markup.append(html.escape(data[last:], quote=False))
