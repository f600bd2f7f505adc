"""Random streams that do not depend on each other, on the platform or on what is asked."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


class Draws:
    """Named streams of uniform draws under one seed.

    Each name has its own generator, and every draw is made from plain uniform doubles: the first
    n draws of a stream are the same however many follow, so a longer span of months only adds.
    """

    def __init__(self, seed: int, *scope: str) -> None:
        """Keep the seed and the scope, for instance an area and a service."""
        self._entropy = [seed, *(zlib.crc32(part.encode()) for part in scope)]

    def uniform(self, name: str, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Draw ``size`` doubles in [0, 1) from the stream ``name``, from its beginning."""
        entropy = [*self._entropy, zlib.crc32(name.encode())]
        return np.random.Generator(np.random.PCG64(entropy)).random(size)

    def whole(self, name: str, size: int, low: int, high: int) -> NDArray[np.int64]:
        """Draw ``size`` whole numbers, ``low`` and ``high`` included."""
        return low + np.floor(self.uniform(name, size) * (high - low + 1)).astype(np.int64)

    def chance(self, name: str, size: int, share: float) -> NDArray[np.bool_]:
        """Draw ``size`` events that each happen with probability ``share``."""
        return self.uniform(name, size) < share

    def each(self, name: str, ids: NDArray[np.int64], column: int = 0) -> NDArray[np.float64]:
        """Give each whole number its own double in [0, 1), whatever other numbers are asked.

        ``column`` tells apart what happens to the same number again, up to 64 times. The mixer is
        SplitMix64 (Steele, Lea and Flood, 2014).
        """
        entropy = [*self._entropy, zlib.crc32(name.encode())]
        (start,) = np.random.SeedSequence(entropy).generate_state(1, np.uint64)
        bits = np.asarray(ids).astype(np.uint64) * np.uint64(64) + np.uint64(column + 1)
        bits = bits * np.uint64(0x9E3779B97F4A7C15) + start
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (bits ^ (bits >> np.uint64(31))).astype(np.uint64) // np.uint64(2048) / 2.0**53

    def days(self, name: str, ids: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
        """Give each whole number a number of days, ``low`` and ``high`` included."""
        return low + np.floor(self.each(name, ids) * (high - low + 1)).astype(np.int64)

    def pick(self, name: str, ids: NDArray[np.int64], shares: Mapping[str, float]) -> np.ndarray:
        """Give each whole number one of the keys, by weight."""
        edges = np.cumsum(list(shares.values()))
        place = np.searchsorted(edges / edges[-1], self.each(name, ids), side="right")
        return np.array(list(shares), dtype=object)[np.minimum(place, len(shares) - 1)]
