"""Characters that nobody sees, and the many forms of blank and dash: a cell without them.

By Unicode category: Cc control, Cf format (zero-width space, byte order mark, soft hyphen), Z
blanks, Pd dashes.
"""

from __future__ import annotations

from unicodedata import category

_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0\u2800") | {*map(chr, range(0xFE00, 0xFE10))}
"""Of other categories: joiner, Hangul fillers, empty Braille cell, variation selectors."""
_OTHER_DASHES = frozenset("\u2212\u02d7\u2043")
"""Minus sign, modifier minus and hyphen bullet, which programs put for a hyphen."""
_ASCII_SEPARATORS = str.maketrans("", "", " -")
_APOSTROPHES = "'\u2018\u2019\u201b\u02b9\u02bc\u2032\u00b4`\uff07"
"""With the first Excel marks a number as text; the others are what it is corrected to or typed."""


def legible(text: str) -> str:
    """A cell as it is read: trimmed, every blank a space, without characters that nobody sees."""
    if text.isascii() and text.isprintable():
        return text.strip()
    seen = [" " if c.isspace() else c for c in text if c.isspace() or not _is_unseen(c)]
    return "".join(seen).strip()


def legible_each(texts: list[str]) -> list[str]:
    """The same of many; most columns hold nothing that a reader would not see."""
    together = "".join(texts)
    if together.isascii() and together.isprintable():
        return [text.strip() for text in texts] if " " in together else texts
    return [*map(legible, texts)]


def packed(text: str) -> str:
    """A number without blanks, dashes, unseen characters and Excel's apostrophe before it.

    Line ends and other control characters stay: ``legible`` has taken them from a cell.
    """
    text = text.lstrip(_APOSTROPHES)
    if text.isascii():
        return text.translate(_ASCII_SEPARATORS)
    return "".join(c for c in text if not _is_separator(c))


def parts(text: str) -> tuple[str, ...]:
    """What stands between the blanks and dashes of a number: ``12-3`` is 12 and 3."""
    spaced = "".join(" " if _is_separator(c) else c for c in text.lstrip(_APOSTROPHES))
    return tuple(spaced.split())


def _is_unseen(character: str) -> bool:
    return character in _UNSEEN or category(character) in ("Cc", "Cf")


def _is_separator(character: str) -> bool:
    kind = category(character)
    is_kind = kind in ("Pd", "Cf", "Zs", "Zl", "Zp")
    return is_kind or character in _OTHER_DASHES or character in _UNSEEN
