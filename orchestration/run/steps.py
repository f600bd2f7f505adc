"""The steps of a month, as plain functions: what each asset and check calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations import data_docs, receipts
from expectations.candidate import (
    LABEL,
    documented,
    judge_candidate,
    release_of,
    requirements,
)
from expectations.derive import lake_suite
from expectations.file_counts import measure_file
from expectations.gate import Suite, Verdict, judge
from expectations.receipts import Receipt
from expectations.screening import answers_of_feeds, findings_of_run, told_of_feeds
from expectations.wrong_rows import Tables
from ingest.contracts import contract_for
from ingest.door.senders import Sender, accepted_senders, listed, owing
from ingest.door.worklists import replace_worklists, worklists_of
from ingest.partnership import partnership
from ingest.store.durable import sha256_of, write_whole
from ingest.store.lake import parquet_bytes, submission_folder
from ingest.store.ledger import Ledger
from ingest.store.submissions import Submission, accepted, submissions
from orchestration.publication.release.publishing import ReleaseRefused, ReleaseRequest
from orchestration.run import kept_parts, run_inputs, transform
from orchestration.run.dbt_manifest import manifest_of
from orchestration.run.run_inputs import Run
from orchestration.run.unchanged import MadeFrom, made_from
from orchestration.settings import Settings, code_version


def choose_deliveries(
    settings: Settings, month: str, as_at: date | None, required_feeds: Sequence[str]
) -> tuple[Run, pd.DataFrame, MadeFrom]:
    """Decide which submissions this month uses, write it where dbt reads it, and name it all."""
    run = run_inputs.plan(settings.home, month, as_at)
    known = accepted(submissions(Ledger(settings.home)))
    judged = {one.submission_id: found for one, found in _gate(settings, known)}
    barred = {name for name, found in judged.items() if not all(one.passed for one in found)}
    hashes = {name: _sha256_of_all(found) for name, found in judged.items()}
    table = run_inputs.write_run_inputs(
        settings.home, run, barred, required_feeds,
        lake_hashes=hashes, generation=transform.generation(),
    )  # fmt: skip
    return run, table, made_from(settings)


def _sha256_of_all(found: Sequence[Receipt]) -> str:
    """What names the bytes of all lake tables of a submission."""
    return hashlib.sha256(" ".join(one.sha256 for one in found).encode()).hexdigest()


def begin_parts(settings: Settings) -> list[str]:
    """Leave the counted parts that this run may read; says which are counted again, and why."""
    return kept_parts.begin(settings.home, _told(settings)["generation"])


def keep_parts(settings: Settings) -> str:
    """Keep what dbt counted in this run; says how much was counted, and why."""
    told = _told(settings)["generation"]
    if told != transform.generation():  # a step that is run by itself may find other models
        return "nothing is kept: the models have changed since the deliveries were chosen"
    return kept_parts.keep(settings.home, told)


def judge_feeds(
    settings: Settings, feeds: Collection[str]
) -> dict[str, list[tuple[Submission, Receipt]]]:
    """The feed gate on every accepted submission: by feed, a receipt for each lake table."""
    known = [s for s in accepted(submissions(Ledger(settings.home))) if s.feed in feeds]
    judged: dict[str, list[tuple[Submission, Receipt]]] = {}
    for submission, found in _gate(settings, known):
        judged.setdefault(submission.feed, []).extend((submission, one) for one in found)
    return judged


def _gate(
    settings: Settings, known: Sequence[Submission]
) -> list[tuple[Submission, list[Receipt]]]:
    """Judge each lake table of each submission; bytes judged before keep their verdict."""
    kept = settings.home / "receipts"
    files = {one.submission_id: list(_lake_files(settings.home, one)) for one in known}
    named = {
        (sha256, suite.digest): (path, suite)
        for of_one in files.values()
        for path, sha256, suite in of_one
    }
    found = {key: receipts.find(kept, *key) for key in named}
    with Tables(settings.home) as tables:
        missing = [named[key] for key, receipt in found.items() if receipt is None]
        for verdict in judge([measure_file(*file, tables) for file in missing]):
            receipts.record(verdict, kept)
            key = (verdict.sha256, verdict.suite_digest)
            found[key] = receipts.find(kept, *key)
    return [
        (one, [found[sha256, suite.digest] for _, sha256, suite in files[one.submission_id]])
        for one in known
    ]


def _lake_files(home: Path, submission: Submission) -> Iterator[tuple[Path, str, Suite]]:
    """The file of each lake table of a submission: its place, its sha256 and its suite."""
    contract = contract_for(submission.feed, submission.period)
    folder = submission_folder(home, submission.feed, submission.period, submission.submission_id)
    for table in contract.tables:
        path = folder / f"{table.name}.parquet"
        yield path, sha256_of(path), lake_suite(contract, table.name)


def find_unusual(settings: Settings) -> pa.Table:
    """Find what is unusual in this run's lists and deliveries; write it where dbt reads it."""
    lake = settings.home / "lake"
    used = pq.read_table(lake / "_run.parquet").to_pandas()
    used = used[used["submission_id"].notna()]
    told = told_of_feeds(settings.home, used)
    notes = _reader_notes(settings, used)
    lists = lake / "_waiting_lists.parquet"
    found = findings_of_run(lists, used, notes, told, _owing(settings, used))
    write_whole(lake / "_findings.parquet", parquet_bytes(found))
    _answer(settings, used, answers_of_feeds(told, _files(settings)))
    return found


def _owing(settings: Settings, used: pd.DataFrame) -> list[Sender]:
    """Who owes a monthly delivery for the month of this run."""
    if used.empty:
        return []
    month, as_at = used["release_month"].iloc[0], used["as_at"].iloc[0]
    return owing([*listed(), *accepted_senders(Ledger(settings.home), as_at)], month)


def write_worklists(settings: Settings) -> list[str]:
    """Tell senders which of their rows reach a limit in the coming weeks: one file each."""
    rows = pq.read_table(settings.home / "lake" / "_worklists.parquet").to_pandas()
    lists = worklists_of(rows, _files(settings))
    month = _told(settings)["release_month"]
    return [path.name for path in replace_worklists(settings.home, month, lists)]


def _files(settings: Settings) -> dict[str, Any]:
    """The delivered files of every accepted submission, as the ledger names them."""
    return {s.submission_id: s.files for s in accepted(submissions(Ledger(settings.home)))}


def _answer(settings: Settings, used: pd.DataFrame, answers: Mapping[str, pd.DataFrame]) -> None:
    """Tell senders which rows the gate found; what is mended, or superseded, is withdrawn."""
    told = {f"_{submission_id}_gate.csv" for submission_id in answers}
    for one in used[used["verdict"] == "used"].itertuples():
        folder, place = settings.home / "answers" / one.sender, f"{one.feed}_{one.period}"
        for path in folder.glob(f"{place}_*_gate.csv"):
            if path.name.removeprefix(place) not in told:
                path.unlink()
        if one.submission_id in answers:
            data = answers[one.submission_id].to_csv(index=False, lineterminator="\n").encode()
            path = folder / f"{place}_{one.submission_id}_gate.csv"
            if not path.exists() or path.read_bytes() != data:
                write_whole(path, data)


def _reader_notes(settings: Settings, used: pd.DataFrame) -> list[dict[str, Any]]:
    """What readers noted at the door of the submissions that this run uses."""
    wanted = used[used["verdict"] == "used"].set_index("submission_id")
    return [
        {
            **note,
            "period": entry.body["period"],
            "dataset": entry.body["feed"],
            "sender": entry.body["sender"],
            "known_on": wanted.loc[entry.body["submission_id"], "known_on"],
        }
        for entry in Ledger(settings.home).entries()
        if entry.body.get("outcome") == "accepted" and entry.body["submission_id"] in wanted.index
        for note in entry.body["notes"]
    ]


def name_candidate(settings: Settings, month: str) -> dict[str, str]:
    """Label the files that dbt handed over with the release they are made for."""
    folder, told = settings.home / "candidate", require_month(settings, month)
    files = sorted(path.name for path in folder.iterdir() if path.name != LABEL)
    label = {"release_id": told["release_id"], "files": files}
    label |= {"local_area": partnership().local_area}
    write_whole(folder / LABEL, json.dumps(label, sort_keys=True, indent=1).encode())
    return {name: sha256_of(folder / name) for name in files}


def judge_marts(settings: Settings) -> list[Verdict]:
    """The mart gate: judge the candidate and record receipts."""
    home = settings.home
    return judge_candidate(home / "candidate", manifest_of(settings), home / "receipts")


def document_marts(settings: Settings) -> str:
    """Write what the mart gate judged as a page; gives the id of the release that it is about."""
    folder, kept = settings.home / "candidate", settings.home / "receipts"
    release_id = release_of(folder)
    page = data_docs.page(release_id, documented(folder, manifest_of(settings), kept))
    write_whole(settings.data_docs / f"{release_id}.html", page)
    return release_id


def failures(verdicts: Sequence[Verdict]) -> list[str]:
    """The sentences of the refusing rules that failed."""
    return [
        f"{result.rule}: {result.message}"
        for verdict in verdicts
        for result in verdict.failures
        if result.severity == "refuse"
    ]


def release_request(settings: Settings, month: str) -> ReleaseRequest:
    """What is to be released, from the run's own inputs.

    Raises:
        ReleaseRefused: the candidate is of another month.
    """
    told = require_month(settings, month)
    run = Run(month, told["revision"], told["as_at"])
    return ReleaseRequest(
        release_id=run.release_id,
        month=month,
        revision=run.revision,
        as_at=run.as_at,
        is_synthetic=told["is_synthetic"],
        is_provisional=run.is_provisional,
        code_version=code_version(),
        compiled_sql_sha256=transform.compiled_sql_sha256(settings),
        submissions=_used(settings),
        requirements=requirements(settings.home / "candidate", manifest_of(settings)),
        dbt_manifest=manifest_of(settings),
    )


def require_month(settings: Settings, month: str) -> Mapping[str, Any]:
    """Give the facts of the run whose deliveries were chosen last, if it is of this month.

    A step that is run by itself would build that month and be shown as built for this one.

    Raises:
        ReleaseRefused: it is of another month, or there is none.
    """
    told = _told(settings)
    if told["release_month"] != month:
        raise ReleaseRefused(
            f"The deliveries that were chosen last are those of {told['release_month']}, not of "
            f"{month}. Run the whole month: `lasp run --month {month}`, or all assets of it."
        )
    return told


def _told(settings: Settings) -> Mapping[str, Any]:
    path = settings.home / "lake" / "_run.parquet"
    if not path.exists():
        raise ReleaseRefused("No month was run in this data folder yet: `lasp run --month M`.")
    return pq.read_table(path).slice(0, 1).to_pylist()[0]


def _used(settings: Settings) -> list[dict[str, Any]]:
    """The used submissions, with what the manifest says of each."""
    rows = pq.read_table(settings.home / "lake" / "_run.parquet").to_pylist()
    names = ("feed", "sender", "period", "submission_id", "sha256", "known_on", "known_how")
    return [{name: row[name] for name in names} for row in rows if row["verdict"] == "used"]
