"""Bearer tokens: issued to the one application of the pretend tenant, and gone when they expire."""

import hmac
import secrets
from collections.abc import Callable


class TokenIssuer:
    """Issues opaque tokens that live for some real seconds."""

    def __init__(self, lifetime: int, timer: Callable[[], float]) -> None:
        self.lifetime = lifetime
        self._timer = timer
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """Return a new token, shaped like a JWT but meaning nothing to anybody else."""
        now = self._timer()
        self._expiry = {token: end for token, end in self._expiry.items() if end > now}
        token = ".".join(("eyJ0eXAiOiJKV1QifQ", secrets.token_urlsafe(48), secrets.token_urlsafe(32)))
        self._expiry[token] = now + self.lifetime
        return token

    def accepts(self, authorization: str | None) -> bool:
        """Tell whether an ``Authorization`` header carries a token that is still good."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme.casefold() == "bearer" and self._expiry.get(token.strip(), 0.0) > self._timer()

    def revoke_all(self) -> None:
        """Make every token issued so far worthless."""
        self._expiry.clear()


def same_secret(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())
