"""Small releases as they lie in a data folder, for who reads them and asks for no receipt."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.store.durable import sha256_of
from orchestration.publication.release import rendering
from tests.worlds import public_release

AREA = "E08000015"
Tables = dict[str, pa.Table]


def tables(mark: str) -> Tables:
    """Two tables whose every row says of which release it is, and one that is empty.

    The texts are those by which CSV is spoilt.
    """
    texts = ["plain", "", None, 'a "quoted", text', "two\nlines", "\\.", "\\N", "NULL", "ünï – 漢"]
    count = len(texts)
    return {
        "figures": pa.table(
            {
                "mark": [mark] * count,
                "text": pa.array(texts, pa.string()),
                "value": pa.array([0.1 + 0.2, -0.0, None, 1e-300, 1 / 3, 5, 6, 7, 8], pa.float64()),
                "exact": pa.array(
                    [None, *(Decimal(n) / 8 for n in range(1, count))], pa.decimal128(18, 4)
                ),
                "day": pa.array([date(2025, 5, 1), None] * 4 + [date(1, 1, 1)], pa.date32()),
                "count": pa.array([2**53 + 1, None, *range(count - 2)], pa.int64()),
                "is_true": pa.array([True, False, None] * 3, pa.bool_()),
            }
        ),
        "notes": pa.table({"mark": [mark] * 3, "number": pa.array([1, 2, 3], pa.int32())}),
        "nothing": pa.table({"mark": pa.array([], pa.string())}),
    }


def write(
    home: Path,
    release_id: str,
    content: Tables | None = None,
    *,
    is_current: bool = True,
    is_public: bool = True,
    **facts: Any,
) -> Path:
    """Write a release, and let the links point to it; gives its folder."""
    month, _, revision = release_id.partition("/r")
    path = home / "releases" / release_id
    (path / "internal").mkdir(parents=True)
    content = content or tables(release_id)
    for name, table in content.items():
        pq.write_table(table, path / "internal" / f"{name}.parquet")
    _write_database(path / "internal/marts.duckdb", content)
    sources = {name: [f"internal/{name}.parquet"] for name in content}
    hashes = rendering.parquet_hashes(path, sources, home)
    files: dict[str, Any] = {
        f"internal/{name}.parquet": {
            "table": name, "sha256": sha256_of(path / f"internal/{name}.parquet")
        }
        for name in content
    }  # fmt: skip
    files["internal/marts.duckdb"] = {
        "table": None,
        "rendered_from": {
            name: {"content_hash": hashes[name], "files": sources[name]} for name in content
        },
    }
    made = public_release.write(path, release_id=release_id, month=month, revision=int(revision))
    shutil.rmtree(path / "tables")
    for file in sorted(made.rglob("*.*")):
        name = file.relative_to(path).as_posix()
        files[name] = {"table": None, "sha256": sha256_of(file), "rendered_from": {}}
    manifest = {
        "release_id": release_id, "month": month, "revision": int(revision),
        "as_at": "2025-07-10", "is_provisional": False, "is_synthetic": True,
        "note": "Demonstration: invented data", "partnership": {"local_area": AREA},
        "public": {}, "files": files,
    } | facts  # fmt: skip
    (path / "MANIFEST.json").write_text(json.dumps(manifest), "utf-8")
    if is_current:
        point(home, "current", release_id)
    if is_public:
        point(home, "current-public", f"{release_id}/public")
    return path


def point(home: Path, name: str, target: str | None) -> None:
    """Swap a link, or take it away."""
    link = home / "releases" / name
    if target is None:
        link.unlink()
        return
    temporary = link.with_name(f".{name}.tmp-{os.getpid()}")
    temporary.symlink_to(target)
    temporary.replace(link)


def _write_database(path: Path, content: Tables) -> None:
    with duckdb.connect(str(path)) as connection:
        for name, table in content.items():
            connection.register("content", table)
            connection.execute(f"create table {name} as select * from content")
            connection.execute(
                f"comment on table {name} is 'One row per row of {name}; it''s all.'"
            )
            for column in table.column_names:
                connection.execute(
                    f"comment on column {name}.{column} is 'What {column} of {name} is.'"
                )
