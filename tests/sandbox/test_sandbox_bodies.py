"""HTML bodies: what Exchange makes of them, and what may be shown."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sandbox.bodies import plain_text, safe_html, stored_html

ALLOWED = {
    "p",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "b",
    "i",
    "a",
    "table",
    "tbody",
    "thead",
    "tr",
    "td",
    "th",
}


class Audit(HTMLParser):
    """Notes every element and attribute of a piece of HTML, and whether elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.problems.append(tag)
        for name, value in attrs:
            if (tag, name) == ("a", "href") and (value or "").startswith(("http://", "https://")):
                continue
            if (tag, name) != ("a", "rel"):
                self.problems.append(f"{tag} {name}={value}")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"/{tag}")


PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>",
         "<div onclick=x>", "</div>", "<script>", "</script>", "<a href=javascript:x>", "</a>", "<style>",
         '<a href="https://a.example/?x=1&y=2">', "<h2>", "</h2>", "<ul><li>", "</ul>", "<table><tr><td>", "</td>",
         "<!-- x -->", "<img src=x onerror=y>", "&lt;script&gt;", "text & <",
         "https://b.example/'\"><b>", "<svg/onload=x>",
         "</title>", "<iframe srcdoc='<script>'>", "<a href=' https://c.example/\" onclick=\"x'>", "\x00", "<br/>"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(PIECES)
def test_what_is_shown_holds_only_plain_elements_well_nested(content: str) -> None:
    audit = Audit()
    audit.feed(safe_html(content))
    audit.close()
    assert audit.problems == []
    assert audit.open == []


@given(st.text(max_size=200))
def test_text_is_shown_as_text(content: str) -> None:
    stored = stored_html({"contentType": "text", "content": content})
    shown = safe_html(stored)
    assert "<script" not in shown
    assert plain_text(stored).split() == plain_text(safe_html(stored)).split()


@pytest.mark.parametrize(
    "content", ["<p>One</p>", "<html><head><title>x</title></head><body class=a><p>One</p></body></html>"]
)
def test_exchange_keeps_one_document_with_a_charset(content: str) -> None:
    stored = stored_html({"contentType": "html", "content": content})
    assert stored == (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\r\n'
        "<p>One</p>\r\n</body></html>\r\n"
    )


def test_exchange_drops_scripts() -> None:
    assert "alert" not in stored_html({"contentType": "html", "content": "a<SCRIPT src=x>alert(1)</SCRIPT >b"})
