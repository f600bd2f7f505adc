"""A month that would only bring its standing release again is not built.

What a release was made from is kept below ``dbt/built/``: beside what dbt compiled, outside the
release (the bytes of the lake depend on the pseudonym key) and outside the backup, so that a
restored folder builds its month once more and shows that the release comes out of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from ingest.partnership import stated
from ingest.store.durable import sha256_of, write_whole
from ingest.store.ledger import Ledger
from orchestration.publication.release import approvals, history
from orchestration.publication.release.withdrawals import withdrawn
from orchestration.settings import Settings, code_version

_NAMES = ("release_id", "revision")
"""Inputs of a run on which no figure rests. Two more inputs differ in the next revision:
``_releases`` and ``_previous``, which hold the release before. They make the tables that every
revision has of its own, and a mark that stays once it is set."""
_TABLES = ("_accepted_senders", "_local_feeds", "_due_months", "_earlier")


@dataclass(frozen=True)
class MadeFrom:
    """What the figures of a run rest on: the code and the run's inputs. The inputs include the
    bytes of the lake and the partnership's folder, which may lie outside the code."""

    code_version: str
    told: str


def made_from(settings: Settings) -> MadeFrom:
    """Name what the run whose inputs lie in the lake rests on."""
    lake = settings.home / "lake"
    run = pq.read_table(lake / "_run.parquet").drop_columns([*_NAMES]).to_pylist()
    tables = {name: sha256_of(lake / f"{name}.parquet") for name in _TABLES}
    return MadeFrom(code_version(), _digest([run, tables, stated()]))


def begin(settings: Settings, run_id: str, rests_on: MadeFrom) -> None:
    """Keep what a run rests on until it comes to its release."""
    content = {"run_id": run_id, **asdict(rests_on)}
    write_whole(_under_way(settings), _json(content))


def keep(settings: Settings, run_id: str, release_id: str) -> None:
    """Keep what the release that stands now was made from, if this whole run made it.

    A step that is run by itself may release what an earlier run built.
    """
    path = _under_way(settings)
    content = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if content.pop("run_id", None) == run_id and content["code_version"] == code_version():
        manifest = settings.home / "releases" / release_id / history.MANIFEST
        content["manifest"] = sha256_of(manifest)
        write_whole(_built(settings, release_id), _json(content))


def standing(settings: Settings, month: str, rests_on: MadeFrom) -> history.ReleaseRecord | None:
    """The newest revision of a month, if it stands and was made from the same code and inputs.

    One whose public part can no longer be approved is made again.
    """
    known = history.releases(settings.home, withdrawn(Ledger(settings.home)))
    newest = next((record for record in known if record.month == month), None)
    if newest is None or newest.is_withdrawn:
        return None
    path = _built(settings, newest.release_id)
    wanted = {**asdict(rests_on), "manifest": sha256_of(newest.path / history.MANIFEST)}
    is_same = path.exists() and json.loads(path.read_text("utf-8")) == wanted
    return newest if is_same and approvals.passes(settings.home, newest) else None


def _under_way(settings: Settings) -> Path:
    return settings.home / "dbt" / "built" / "under_way.json"


def _built(settings: Settings, release_id: str) -> Path:
    return settings.home / "dbt" / "built" / f"{release_id}.json"


def _json(content: Mapping[str, str]) -> bytes:
    return json.dumps(content, sort_keys=True, indent=1).encode()


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
