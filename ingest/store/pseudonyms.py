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
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ingest.refusals import InWords
from ingest.store.durable import write_whole

KEY_BYTES = 32
_REMEMBERED = 500_000  # about 150 MB
_FINGERPRINTED = b"fingerprint of the pseudonym key"
"""Without a colon, so that it is the message of no pseudonym."""


class KeyRefused(InWords):
    """The key is missing, is none, is another one, or can be read by others."""


@dataclass(frozen=True)
class Pseudonyms:
    """Turns identifiers into pseudonyms; the key never shows in a representation."""

    _key: bytes
    _known: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    def of(self, domain: str, identifier: str) -> str:
        """64 hex digits for one normalised identifier of one domain."""
        message = f"{domain}:{identifier}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def of_each(self, domain: str, identifiers: pd.Series) -> pd.Series:
        """The same for a column; missing stays missing."""
        known = {value: self._once(domain, value) for value in identifiers.dropna().unique()}
        told = [known.get(value) for value in identifiers]
        return pd.Series(told, identifiers.index, dtype=object, name=identifiers.name)

    def _once(self, domain: str, identifier: str) -> str:
        """Hash an identifier once a process: fourteen months name each child some two hundred
        times, 4.0 million hashes of 0.2 million identifiers."""
        key = (domain, identifier)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = self.of(domain, identifier)
        return self._known[key]

    @property
    def fingerprint(self) -> str:
        """16 hex digits that tell keys apart; like a pseudonym, they do not lead to the key."""
        return hmac.new(self._key, _FINGERPRINTED, hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        """Say what it is, not what it holds."""
        return "Pseudonyms(key withheld)"


def open_pseudonyms(key_file: Path) -> Pseudonyms:
    """Read the key, making one where there is no file; ``custody`` says when one may be made.

    Raises:
        KeyRefused: the file cannot be read, can be read by others than its owner, or does not hold
            64 hex digits.
    """
    if not os.path.lexists(key_file):
        write_whole(key_file, f"{secrets.token_hex(KEY_BYTES)}\n".encode(), 0o400)
    try:
        mode, data = stat.S_IMODE(key_file.stat().st_mode), key_file.read_bytes()
    except OSError as error:
        system = os.strerror(error.errno or 0)
        raise KeyRefused(f"The pseudonym key {key_file} cannot be read: {system}.") from None
    if mode & 0o077:
        raise KeyRefused(
            f"The pseudonym key {key_file} can be read by others than its owner (mode {mode:04o}): "
            f"whoever has it can find every child. Type: chmod 400 {shlex.quote(str(key_file))}"
        )
    if not re.fullmatch(rb"[0-9a-f]{64}", data.strip()):
        raise KeyRefused(
            f"{key_file} is not a pseudonym key: it must hold 64 hexadecimal digits. "
            "Restore it from your key store; a new key breaks every link to earlier months."
        )
    return Pseudonyms(bytes.fromhex(data.decode("ascii").strip()))
