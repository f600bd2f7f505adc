"""What was counted of each submission, kept for the months after: counted once, read again.

A pack is a folder below ``counted/`` with what one run counted: a table each, the register of its
submissions, and their hashes. It is there whole or not at all, and is never changed. dbt writes and
reads it; which parts it may use the key in the register says. Parts are small counts and pseudonyms
of single submissions: they lie in the data folder as the lake does, and go nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.store.durable import sha256_of, sync_folder, write_whole
from ingest.store.lake import parquet_bytes

_FACTS = "pack.json"
_KEYED = pa.schema([("submission_id", pa.string()), ("parts_key", pa.string())])
_LOOKED_UP = [(name, pa.string()) for name in ("feed", "sender", "lake_sha256")]
TWINS = {
    "cells": _KEYED,
    "values": _KEYED,
    "steps": _KEYED,
    "cohort": _KEYED,
    "submissions": pa.schema([*_KEYED, *_LOOKED_UP, ("period_start", pa.date32())]),
}
"""Columns of the empty file of each table, because a pattern without a file is an error: the
columns that dbt looks parts up by. The models alone say which other columns a table has."""


def forget(home: Path) -> None:
    """Let the next run count everything again."""
    shutil.rmtree(home / "counted", ignore_errors=True)


def begin(home: Path, generation: str) -> list[str]:
    """Leave dbt the packs that it may read, and say in words what became of the others.

    Packs of other models, seeds or another DuckDB are removed, because no key asks for them. So are
    packs of which a byte has changed: what they held is counted again. dbt writes its new counts
    to an empty folder, so what a killed run left there is removed.
    """
    _empty(home / "counting")
    for name, schema in TWINS.items():
        path = home / "counted" / "none" / f"{name}.parquet"
        data = parquet_bytes(schema.empty_table())
        if not path.exists() or path.read_bytes() != data:
            write_whole(path, data)
    said = []
    for pack in _packs(home):
        if (facts := _facts(pack)) is None:
            why = "its bytes have changed since they were written"
        elif facts["generation"] != generation:
            why = "the models have changed since"
        else:
            continue
        shutil.rmtree(pack)
        said.append(f"Counted parts {pack.name} were removed and are counted again: {why}.")
    return said


def _packs(home: Path) -> list[Path]:
    folders = (path for path in (home / "counted").iterdir() if path.is_dir())
    return sorted(path for path in folders if path.name != "none")


def _facts(pack: Path) -> dict[str, str] | None:
    """Generation of a pack that is whole: its name is the hash of what its facts say."""
    path = pack / _FACTS
    if not path.exists() or _name(data := path.read_bytes()) != pack.name:
        return None
    facts = json.loads(data)
    is_whole = all(
        (pack / name).exists() and sha256_of(pack / name) == sha256
        for name, sha256 in facts["files"].items()
    )
    return facts if is_whole else None


def _name(facts: bytes) -> str:
    return hashlib.sha256(facts).hexdigest()[:16]


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def keep(home: Path, generation: str) -> str:
    """Keep what the run counted, all of it or nothing, and say how much was counted and why."""
    counting = home / "counting"
    reasons = Counter(pq.read_table(counting / "submissions.parquet")["reason"].to_pylist())
    if reasons:
        files = {path.name: sha256_of(path) for path in sorted(counting.iterdir())}
        facts = json.dumps({"generation": generation, "files": files}, sort_keys=True).encode()
        write_whole(counting / _FACTS, facts)
        counting.rename(home / "counted" / _name(facts))
        sync_folder(home / "counted")
    _empty(counting)
    return _said(_counted_feeds(home) - reasons.total(), reasons)


def _counted_feeds(home: Path) -> int:
    """Submissions that the run uses of feeds that figures are counted from."""
    feeds = pq.read_table(home / "lake" / "_local_feeds.parquet").to_pylist()
    counted = {one["feed"] for one in feeds if one["flow_look_back_months"] is not None}
    used = pq.read_table(home / "lake" / "_run.parquet", columns=["feed", "verdict"]).to_pylist()
    return sum(one["verdict"] == "used" and one["feed"] in counted for one in used)


def _said(kept: int, reasons: Counter[str]) -> str:
    def parts() -> Iterator[str]:
        for reason, count in sorted(reasons.items()):
            yield f"{count} {reason}"

    why = f" ({', '.join(parts())})" if reasons else ""
    return f"{kept} submissions kept, {reasons.total()} counted{why}"
