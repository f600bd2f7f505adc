"""Prose that people write about figures: nothing in it may tell who somebody is.

Only a reader can distinguish a name from another word. What has a form is found: numbers of
people, addresses, telephones, days of birth. What is found is never repeated.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

from ingest.contracts import policy

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*"
_DAY = (
    rf"(?:\d{{4}}-\d\d?-\d\d?|\d{{1,2}}[ ./-]{{1,2}}\d{{1,2}}[ ./-]{{1,2}}\d{{2,4}}\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[ ./-]*{_MONTH}\b|{_MONTH}[ ./-]*\d{{1,2}}(?!\d))"
)
_BIRTH = r"\b(?:d\.? ?o\.? ?b\b\.?|date of birth|birth ?dates?|birth ?days?|born)"
_FILLER = r"\W{0,3}(?:\([^)]{0,15}\)\W{0,3})?(?:(?:is|was|of|on|the)\W{1,3}){0,2}"
_BORN = re.compile(rf"{_BIRTH}{_FILLER}{_DAY}|{_DAY}\W{{0,3}}(?:is |was )?{_BIRTH}")
_EMAIL = re.compile(r"[^\s@]@\w")
_POSTCODE = re.compile(
    r"(?<![a-z0-9])[a-z]{1,2}\d[a-z\d]? {0,2}\d[abd-hjlnp-uw-z]{2}(?![a-z0-9])", re.IGNORECASE
)
"""The last two letters are never C, I, K, M, O or V (Royal Mail, Programmer's Guide to PAF)."""
_ORDINAL = re.compile(r"(?:1st|2nd|3rd|\dth)$")  # Q1 2nd and KS2 3rd have the form of a postcode
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d-[01]\d-[0-3]\d|[0-3]?\d/[01]?\d/(?:20)?\d\d|20\d\d[/-](?:20)?\d\d)"
    r"(?!\d)"
)
_AMOUNT = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3}){1,2}(?!,?\d)")
"""Up to nine digits: a number of ten is one of somebody in whatever groups it is written."""
_NUMBER = re.compile(r"\d(?:(?:[ ()./-]{1,3}|,)?\d)*")
_YEARS = re.compile(r"(?:(?:19|20)\d\d(?:[ ()./-]{1,3}|,)?)+")
_TELEPHONE = re.compile(r"\b(?:tel|telephone|phone|mob|mobile|ring|call)\b\D{0,12}(?:\d\D?){6}")
_FEWEST_DIGITS = 10
"""Of an NHS number, a ULN and a telephone with its area; a UPN has eleven or twelve."""


def prose_fault(text: str) -> str | None:
    """What keeps a cell of prose out, in words without the cell; None when nothing does."""
    longest = policy().prose_characters
    if len(text) > longest:
        return f"it has {len(text):,} characters; the limit is {longest:,}"
    read = _plain(text)
    folded = read.casefold()
    if _EMAIL.search(folded):
        return "it holds what looks like an e-mail address"
    if _BORN.search(folded):
        return "it holds what looks like a date of birth"
    if any(not _ORDINAL.search(found[0]) for found in _POSTCODE.finditer(read)):
        return "it holds what looks like a postcode"
    numbers = _without_figures(folded)
    if _TELEPHONE.search(numbers):
        return "it holds what looks like a telephone number"
    if any(_is_of_somebody(found[0]) for found in _NUMBER.finditer(numbers)):
        return (
            f"it holds a number of {_FEWEST_DIGITS} digits or more, such as an NHS number, a UPN, "
            "a ULN or a telephone number"
        )
    return None


def _plain(text: str) -> str:
    """Wide digits are digits, and every dash is a hyphen."""
    folded = normalize("NFKC", text)
    return "".join("-" if category(c) == "Pd" or c == "\u2212" else c for c in folded)


def _without_figures(text: str) -> str:
    """Days, years and amounts are gone: side by side they would be one long number."""
    return _AMOUNT.sub("#", _DATE.sub("#", text))


def _is_of_somebody(number: str) -> bool:
    digits = sum(character.isdigit() for character in number)
    return digits >= _FEWEST_DIGITS and not _YEARS.fullmatch(number)
