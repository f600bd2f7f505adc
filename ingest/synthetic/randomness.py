"""Random streams that do not depend on each other, on the platform or on what is asked."""

from __future__ import annotations

import zlib

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
