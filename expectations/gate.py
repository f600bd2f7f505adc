"""The gate: judges a table, or the very bytes of a Parquet file, by a suite.

The only module that imports Great Expectations, and only inside functions (the import takes
3 to 15 s). Four of its habits are guarded against here: it passes an empty table and a column
that is null throughout (so "not empty" and "not null" are always rules of their own), it hides
a misspelt column in ``exception_info``, it keeps failing values in its results (so the result
format is BOOLEAN_ONLY, and where row positions are wanted everything but them is dropped), and
it measures ``mostly`` on non-null rows only (so ``mostly`` is not accepted).
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.refusals import InWords

GATE_VERSION = 2  # raise it when the gate judges differently: every earlier receipt then lapses

Severity = Literal["refuse", "withhold", "note"]
_SEVERITY = {"refuse": "critical", "withhold": "warning", "note": "info"}


class GateError(InWords):
    """A rule that could not be judged: never a pass, never a finding about the data."""


@dataclass(frozen=True)
class Expectation:
    """One rule as Great Expectations judges it.

    ``about`` is ``rows`` for the rows of the table, ``shape`` for a table without rows whose
    column names are the judged table's columns and Arrow types: ``period_end date32[day]``.
    ``sql`` is how the judged column was computed, where a rule is a predicate.
    """

    rule: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    message: str
    action: str
    about: Literal["rows", "shape"] = "rows"
    sql: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """The expectations of one table; ``is_personal`` keeps row counts out of the verdict."""

    id: str
    expectations: tuple[Expectation, ...]
    is_personal: bool = False

    @property
    def digest(self) -> str:
        """sha256 of the suite's canonical JSON and the gate's version."""
        return canonical_digest(
            {
                "gate": GATE_VERSION,
                "id": self.id,
                "expectations": [asdict(expectation) for expectation in self.expectations],
            }
        )


@dataclass(frozen=True)
class Result:
    """What became of one rule; ``failed_count`` is null where the rule is not about rows."""

    rule: str
    severity: Severity
    passed: bool
    failed_count: int | None
    message: str
    action: str


@dataclass(frozen=True)
class Verdict:
    """The results of one suite on one table, bound to the sha256 of the judged bytes."""

    suite_id: str
    suite_digest: str
    sha256: str | None
    rows: int
    results: tuple[Result, ...] = field(repr=False)

    @property
    def passed(self) -> bool:
        """True when no rule of severity ``refuse`` failed."""
        return not any(result.severity == "refuse" for result in self.failures)

    @property
    def failures(self) -> tuple[Result, ...]:
        """Give the rules that failed, at whatever severity."""
        return tuple(result for result in self.results if not result.passed)


def canonical_digest(content: Any) -> str:
    """sha256 of ``content`` as JSON with sorted keys; dates as ISO text."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def judge_file(
    path: Path, suite: Suite, measure: Callable[[pa.Table], pd.DataFrame] | None = None
) -> Verdict:
    """Judge a Parquet file: its bytes are read once, and the same bytes are hashed and judged.

    ``measure`` gives more columns to judge, for a table of the right shape.
    """
    data = path.read_bytes()
    table = pq.read_table(io.BytesIO(data))
    types = {column.name: str(column.type) for column in table.schema}
    sha256 = hashlib.sha256(data).hexdigest()
    measured = partial(measure, table) if measure else None
    return judge(as_frame(table), suite, types=types, sha256=sha256, measure=measured)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Give an Arrow table as a frame for rules: decimals as float, dates as datetime64.

    Counts below 2**53 keep every digit as float; stored values are never taken from here.
    """
    for index, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            as_float = table.column(index).cast(pa.float64())
            table = table.set_column(index, column.name, as_float)
    return table.to_pandas(date_as_object=False)


def judge(
    frame: pd.DataFrame,
    suite: Suite,
    *,
    types: Mapping[str, str] | None = None,
    sha256: str | None = None,
    measure: Callable[[], pd.DataFrame] | None = None,
) -> Verdict:
    """Judge a frame; ``types`` (Arrow type by column) is worked out when it is not given.

    A table of the wrong shape is not judged further. Raises GateError, naming the rule, when a
    rule cannot be judged at all.
    """
    shape = _shape(frame, suite, types)
    results = _results(shape, suite, "shape")
    if all(result.passed for result in results):
        measured = frame.join(measure()) if measure else frame
        results += _results(measured.reset_index(drop=True), suite, "rows")
    return Verdict(suite.id, suite.digest, sha256, len(frame), tuple(results))


def failing_rows(frame: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """Name the rows that fail: columns ``rule`` and ``row`` (position from 0), no values."""
    expectations = _about(suite, "rows")
    positions = _failing_positions(frame.reset_index(drop=True), expectations)
    pairs = [
        (expectation.rule, row)
        for expectation, rows in zip(expectations, positions, strict=True)
        for row in rows or ()
    ]
    return pd.DataFrame(pairs, columns=["rule", "row"])


def _about(suite: Suite, about: str) -> list[Expectation]:
    return [expectation for expectation in suite.expectations if expectation.about == about]


def _shape(frame: pd.DataFrame, suite: Suite, types: Mapping[str, str] | None) -> pd.DataFrame:
    if types is None and _about(suite, "shape"):
        schema = pa.Schema.from_pandas(frame, preserve_index=False)
        types = {column.name: str(column.type) for column in schema}
    return pd.DataFrame(columns=[f"{name} {kind}" for name, kind in (types or {}).items()])


def _results(frame: pd.DataFrame, suite: Suite, about: str) -> list[Result]:
    expectations = _about(suite, about)
    boolean_only = {"result_format": "BOOLEAN_ONLY"}
    outcomes = [result.success for result in _validate(frame, expectations, boolean_only)]
    failed = [e for e, passed in zip(expectations, outcomes, strict=True) if not passed]
    is_counted = about == "rows" and not suite.is_personal
    positions = _failing_positions(frame, failed) if is_counted else [None] * len(failed)
    counts = iter(None if rows is None else len(rows) for rows in positions)
    return [
        Result(e.rule, e.severity, passed, 0 if passed else next(counts), e.message, e.action)
        for e, passed in zip(expectations, outcomes, strict=True)
    ]


def _failing_positions(
    frame: pd.DataFrame, expectations: Sequence[Expectation]
) -> list[list[int] | None]:
    """List the failing rows of each expectation; None for one that is not about single rows."""
    complete = {"result_format": "COMPLETE", "include_unexpected_rows": False}
    results = _validate(frame, expectations, complete)
    return [result.result.get("unexpected_index_list") for result in results]


def _validate(
    frame: pd.DataFrame, expectations: Sequence[Expectation], result_format: dict[str, Any]
) -> list[Any]:
    """Run Great Expectations; its results in the order of ``expectations``."""
    if not expectations:
        return []
    _refuse_what_hides_failures(frame, expectations)
    batch = _batches().get_batch({"dataframe": frame})
    results = batch.validate(_declared(expectations), result_format=result_format).results
    ordered = sorted(results, key=lambda result: result.expectation_config.meta["position"])
    for expectation, result in zip(expectations, ordered, strict=True):
        _refuse_a_hidden_exception(expectation, result.exception_info)
    return ordered


def _declared(expectations: Sequence[Expectation]) -> Any:
    """Declare the expectations to Great Expectations; ``position`` finds their results again."""
    import great_expectations as gx
    from great_expectations.exceptions import InvalidExpectationConfigurationError

    suite = gx.ExpectationSuite(name="suite")
    for position, e in enumerate(expectations):
        try:
            suite.add_expectation_configuration(_configured(e, {"position": position}))
        except InvalidExpectationConfigurationError as error:
            raise GateError(
                f"Rule {e.rule}: Great Expectations has no {e.type} with these settings."
            ) from error
    return suite


def _configured(
    expectation: Expectation, meta: Mapping[str, Any], description: str | None = None
) -> Any:
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    return ExpectationConfiguration(
        expectation.type,
        dict(expectation.kwargs),
        dict(meta),
        description=description,
        severity=_SEVERITY[expectation.severity],
    )


def rendered(judged: Sequence[tuple[Expectation, Result]], rows: int) -> str:
    """Give results as Great Expectations renders them in its Data Docs: a table in HTML.

    Its whole page loads scripts and styles from a dozen hosts and repeats the time of day; the
    table does neither. It has the outcome and the number of failing rows, and no cell.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.render.renderer.content_block import (
        ValidationResultsTableContentBlockRenderer as Renderer,
    )

    results = [
        ExpectationValidationResult(
            success=result.passed,
            expectation_config=_configured(expectation, {}, _described(expectation)),
            result=_counted(result.failed_count, rows),
            exception_info={},
        )
        for expectation, result in judged
    ]
    block = Renderer.render(results, include_column_name=True).to_json_dict()
    return _view().render({"content_block": block})


@cache
def _view() -> Any:
    """Prepare Great Expectations' templates once a process: it compiles them for each view."""
    from great_expectations.render.view import DefaultJinjaComponentView

    return DefaultJinjaComponentView()


def _described(expectation: Expectation) -> str | None:
    """Say a rule with its SQL; Great Expectations finds its own words for any other."""
    if not expectation.sql:
        return None
    words = f"{expectation.rule}. No row may be so: {expectation.message}"
    values = "".join(f"\n-- ${name}: {value}" for name, value in expectation.sql["values"].items())
    sql = escape(expectation.sql["wrong"].rstrip() + values)
    return f"{escape(words)}<pre>{sql}</pre>"


def _counted(failed: int | None, rows: int) -> dict[str, Any]:
    if failed is None or not rows:
        return {}
    percent = 100 * failed / rows
    return {"element_count": rows, "unexpected_count": failed, "unexpected_percent": percent}


@cache
def _batches() -> Any:
    """Prepare Great Expectations once a process: a context in memory, nothing phoned home."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

    # Without a folder for documentation pages, which would stay behind in the temporary folder.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(
        mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores)
    )
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("table")


def _refuse_what_hides_failures(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> None:
    for expectation in expectations:
        kwargs = expectation.kwargs
        if "mostly" in kwargs:
            raise GateError(f"Rule {expectation.rule} uses 'mostly', which ignores null rows.")
        named = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
        if not expectation.type.startswith("expect_table_"):
            named += kwargs.get("column_list", [])
        lacking = [column for column in named if column not in frame.columns]
        if lacking:
            raise GateError(
                f"Rule {expectation.rule} cannot be judged: the table has no column "
                f"{', '.join(lacking)}. Correct the rule or the table's contract."
            )


def _refuse_a_hidden_exception(expectation: Expectation, info: Mapping[str, Any]) -> None:
    """Find an exception, reported plainly or one a metric; its text may hold values: dropped."""
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    if any(part.get("raised_exception") for part in [info, *nested]):
        raise GateError(
            f"Rule {expectation.rule} ({expectation.type}) could not be judged: Great "
            "Expectations raised an exception. Compare the rule with the column's type."
        )
