"""Meeting references: short names that carry no meaning, such as "CV-7K3Q-9XHD", made to be read out on a phone.

Seven random characters and one check character. The alphabet leaves out what is misread (0, O, I, L, U) and the
vowels, so that no reference spells a word. Its 29 characters are a prime, which lets the check character catch every
single wrong character and every swap of two.
"""

from __future__ import annotations

_ALPHABET = "123456789BCDFGHJKMNPQRSTVWXYZ"
_BASE = len(_ALPHABET)
_PREFIX = "CV"
_RANDOM = 7
_MISREAD = str.maketrans({"I": "1", "L": "1"})
_SEPARATORS = frozenset(" -‐‑–—_./")


def make_reference(entropy: bytes) -> str:
    """A reference from at least 8 random bytes (about 34 bits are used: the store refuses the rare double).

    Raises:
        ValueError: fewer than 8 bytes.
    """
    if len(entropy) < 8:
        raise ValueError("a reference needs at least 8 random bytes")
    number = int.from_bytes(entropy)
    digits = []
    for _ in range(_RANDOM):
        number, digit = divmod(number, _BASE)
        digits.append(_ALPHABET[digit])
    body = "".join(digits)
    return _laid_out(body + _check(body))


def normalise(text: str) -> str | None:
    """The reference as it is written, from whatever a person typed ("cv 7k3q9xhd"); None when it is none."""
    plain = "".join(letter for letter in text.strip().upper() if letter not in _SEPARATORS)
    # A body may itself begin with CV, so only a text that is too long for one carries the prefix.
    body = (plain if len(plain) == _RANDOM + 1 else plain.removeprefix(_PREFIX)).translate(_MISREAD)
    if len(body) != _RANDOM + 1 or not set(body) <= set(_ALPHABET):
        return None
    return _laid_out(body) if _check(body[:-1]) == body[-1] else None


def is_reference(text: str) -> bool:
    """Whether the text is a reference exactly as it is written, its check character right."""
    return normalise(text) == text


def is_part_of_reference(text: str) -> bool:
    """Whether the text can stand in a reference: two to twelve of its characters. No name with a vowel can."""
    return 2 <= len(text) <= 12 and set(text) <= {*_ALPHABET, "-"} and text.strip("-") != ""


def _laid_out(body: str) -> str:
    return f"{_PREFIX}-{body[:4]}-{body[4:]}"


def _check(body: str) -> str:
    # Weights 2 to 8 for the body and 1 for the check itself, all different below the prime 29.
    total = sum(weight * _ALPHABET.index(letter) for weight, letter in enumerate(body, 2))
    return _ALPHABET[-total % _BASE]
