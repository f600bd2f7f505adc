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
from binascii import hexlify
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingest.refusals import InWords
from ingest.store.durable import write_whole

KEY_BYTES = 32
_BLOCK_BYTES, _DIGEST_BYTES = 64, 32  # of SHA-256
_FINGERPRINTED = b"fingerprint of the pseudonym key"
"""Without a colon, so that it is the message of no pseudonym."""


class KeyRefused(InWords):
    """The key is missing, is none, is another one, or can be read by others."""


class Pseudonyms:
    """Turns identifiers into pseudonyms; the key never shows in a representation."""

    def __init__(self, key: bytes) -> None:
        """Hash what begins every message under this key once: a copy of it costs half a hash."""
        self._key = key
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def of(self, domain: str, identifier: str) -> str:
        """64 hex digits for one normalised identifier of one domain."""
        return self.of_each(domain, [identifier])[0].as_py()

    def of_each(self, domain: str, identifiers: Iterable[str]) -> pa.StringArray:
        """The same for many: HMAC by RFC 2104, from the states after key and domain."""
        begun, ending = self._inner.copy(), self._outer
        begun.update(f"{domain}:".encode())
        digests = []
        for identifier in identifiers:
            inner, outer = begun.copy(), ending.copy()
            inner.update(identifier.encode())
            outer.update(inner.digest())
            digests.append(outer.digest())
        digits = hexlify(b"".join(digests))
        ends = np.arange(0, len(digits) + 1, 2 * _DIGEST_BYTES, dtype=np.int32)
        return pa.StringArray.from_buffers(len(digests), pa.py_buffer(ends), pa.py_buffer(digits))

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
