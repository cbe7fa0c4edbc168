"""Whether the organiser's own Exchange vouches that a mail came from the address it names.

Anybody can write any ``From``. Exchange Online checks SPF, DKIM and DMARC as a mail comes in and puts what it found on
top of it, without a server's name in front: ``Authentication-Results: spf=pass …;dkim=pass …;dmarc=pass action=none
header.from=school.example;compauth=pass reason=100``. Mail of the same tenant is marked ``AuthAs: Internal`` instead;
Exchange takes that header away from whatever comes from outside. Only the topmost of each is believed, because a sender
can write more below them (learn.microsoft.com/defender-office-365/message-headers-eop-mdo).
"""

from __future__ import annotations

import re
from email.message import Message

_AUTH_AS = "X-MS-Exchange-Organization-AuthAs"
_RESULTS = "Authentication-Results"
_LONGEST = 4_000
_COMMENT = re.compile(r"\([^()]*\)")
_SAYS = re.compile(r"(?:^|[;\s])([a-z.]+)=([^\s;]+)")


def is_vouched_for(mail: Message, sender: str) -> bool:
    """Whether ``sender`` (in lower case) is who sent it, by the word of the mailbox's own Exchange. No word is none."""
    if _first(mail, _AUTH_AS).strip().casefold() == "internal":
        return True
    said = dict[str, str]()
    for name, value in _SAYS.findall(_COMMENT.sub(" ", _first(mail, _RESULTS).casefold())):
        said.setdefault(name, value)
    domain = sender.rpartition("@")[2]
    if not domain or said.get("header.from") != domain:
        return False
    # Exchange's own verdict over all of them counts before any one of them.
    return said.get("compauth", said.get("dmarc")) == "pass"


def _first(mail: Message, name: str) -> str:
    return str(mail.get(name, ""))[:_LONGEST]
