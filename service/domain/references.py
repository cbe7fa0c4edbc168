"""Meeting references: short names that carry no meaning, such as "CV-7K3Q-9XHD", made to be read out on a phone.

Seven random characters and one check character. The alphabet leaves out what is misread (0, O, I, L, U) and the
vowels, so that no reference spells a word. Its 29 characters are a prime, which lets the check character catch every
single wrong character and every swap of two.
"""

from __future__ import annotations

ALPHABET = "123456789BCDFGHJKMNPQRSTVWXYZ"
_BASE = len(ALPHABET)
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
        digits.append(ALPHABET[digit])
    body = "".join(digits)
    return _laid_out(body + _check(body))


def normalise(text: str) -> str | None:
    """The reference as it is written, from whatever a person typed ("cv 7k3q9xhd"); None when it is none."""
    plain = bare(text)
    # A body may itself begin with CV, so only a text that is too long for one carries the prefix.
    body = (plain if len(plain) == _RANDOM + 1 else plain.removeprefix(_PREFIX)).translate(_MISREAD)
    if len(body) != _RANDOM + 1 or not set(body) <= set(ALPHABET):
        return None
    return _laid_out(body) if _check(body[:-1]) == body[-1] else None


def bare(text: str) -> str:
    """What was typed, in capitals and without what people put between the characters."""
    return "".join(letter for letter in text.strip().upper() if letter not in _SEPARATORS)


def code_of(digest: bytes, characters: int) -> str:
    """So many characters of the alphabet from the first 8 bytes of a digest, in two halves: "7K3Q-9XHD".

    Raises:
        ValueError: more than 10 characters: 8 bytes cannot tell so many apart.
    """
    if characters > 10:
        raise ValueError("a code of more than 10 characters needs more than 8 bytes")
    number, digits = int.from_bytes(digest[:8]), []
    for _ in range(characters):
        number, digit = divmod(number, _BASE)
        digits.append(ALPHABET[digit])
    half = characters // 2
    return "".join([*digits[:half], "-", *digits[half:]])


def code_typed(text: str) -> str:
    """A code as it is compared: whatever a person typed, bare, with the characters that are misread put right."""
    return bare(text).translate(_MISREAD)


def is_reference(text: str) -> bool:
    """Whether the text is a reference exactly as it is written, its check character right."""
    return normalise(text) == text


def is_part_of_reference(text: str) -> bool:
    """Whether the text can stand in a reference: two to twelve of its characters. No name with a vowel can."""
    return 2 <= len(text) <= 12 and set(text) <= {*ALPHABET, "-"} and text.strip("-") != ""


def _laid_out(body: str) -> str:
    return f"{_PREFIX}-{body[:4]}-{body[4:]}"


def _check(body: str) -> str:
    # Weights 2 to 8 for the body and 1 for the check itself, all different below the prime 29.
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, 2))
    return ALPHABET[-total % _BASE]
