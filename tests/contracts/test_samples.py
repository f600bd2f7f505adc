"""The committed samples: made by the generator, small, and free of real identifiers."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from ingest.synthetic.samples import FOLDER, feed_of, samples, simulated


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """All samples, made anew."""
    return samples()


def members(data: bytes) -> dict[str, bytes]:
    """Read the members of an archive; a file that is none is its own only member."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {"": data}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_committed_samples_are_those_that_the_generator_makes(made: dict[str, bytes]) -> None:
    committed = {
        path.name: path.read_bytes()
        for path in FOLDER.iterdir()
        if feed_of(path.name) in simulated()
    }
    assert committed.keys() == made.keys(), "run python -m ingest.synthetic.samples"
    for name, data in made.items():
        # Compressed bytes differ between builds of zlib; what they hold does not.
        is_compressed = name.startswith("chs_waits")
        same = members(data) == members(committed[name]) if is_compressed else (
            data == committed[name]
        )  # fmt: skip
        assert same, f"{name} is stale: run python -m ingest.synthetic.samples"


def test_samples_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert max(sizes.values()) < 60_000
    assert sum(sizes.values()) < 900_000


def test_no_sample_holds_an_nhs_number_outside_the_range_for_testing() -> None:
    found = 0
    for path in FOLDER.iterdir():
        for part in members(path.read_bytes()).values():
            text = part.replace(b"\x00", b"").decode("latin-1")
            numbers = re.findall(r"(?<![\d.])\d{10}(?!\d)", text)
            assert all(number.startswith("999") for number in numbers), path.name
            found += len(numbers)
    assert found > 100


def test_each_bad_sample_differs_from_the_good_one(made: dict[str, bytes]) -> None:
    for kind in ("csv", "xlsx"):
        good = made[f"therapy_ptl__good.{kind}"]
        bad = [name for name in made if "__bad__" in name and name.endswith(kind)]
        assert len(bad) > 10
        assert all(made[name] != good for name in bad)
    # Both good files stand a second time under the other extension.
    assert len(set(made.values())) == len(made) - 2
