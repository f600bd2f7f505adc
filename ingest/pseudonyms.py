"""Identifiers to keyed pseudonyms: nothing identifying passes this door.

A pseudonym is HMAC-SHA-256 under a random 256-bit key over ``<domain>:<normalised identifier>``.
A plain hash would not do: all NHS numbers can be hashed in minutes. The domain keeps equal digits
of two systems apart. The digest is never shortened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

KEY_BYTES = 32


@dataclass(frozen=True)
class Pseudonyms:
    """Turns identifiers into pseudonyms; the key never shows in a representation."""

    _key: bytes

    def of(self, domain: str, identifier: str) -> str:
        """64 hex digits for one normalised identifier of one domain."""
        message = f"{domain}:{identifier}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def of_each(self, domain: str, identifiers: pd.Series) -> pd.Series:
        """The same for a column; missing stays missing."""
        return identifiers.map(lambda value: None if pd.isna(value) else self.of(domain, value))

    def __repr__(self) -> str:
        """Say what it is, not what it holds."""
        return "Pseudonyms(key withheld)"


def open_pseudonyms(key_file: Path) -> Pseudonyms:
    """Read the key, making one at first use; the file is readable by its owner only.

    Raises:
        ValueError: the file does not hold 64 hex digits.
    """
    if not key_file.exists():
        _write_key(key_file, secrets.token_hex(KEY_BYTES))
    text = key_file.read_text("ascii").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise ValueError(
            f"{key_file} is not a pseudonym key: it must hold 64 hexadecimal digits. "
            "Restore it from your key store; a new key breaks every link to earlier months."
        )
    return Pseudonyms(bytes.fromhex(text))


def _write_key(key_file: Path, text: str) -> None:
    key_file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
