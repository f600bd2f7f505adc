"""The gate: judges by a suite what was measured of a table.

The only module that imports Great Expectations, and only inside functions (the import takes
3 to 15 s). Of a file it judges how many rows break each rule, so it never holds a row of it. Four
of its habits are guarded against: it passes an empty table and a column that is null throughout
(so "not empty" and "not null" are always rules of their own), it hides a misspelt column in
``exception_info``, it keeps failing values in its results (so everything but row positions is
dropped), and it measures ``mostly`` on non-null rows only (so ``mostly`` is not accepted).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from html import escape
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

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

    @property
    def is_of_table(self) -> bool:
        """Whether it is about the table as such: no row of it is wrong."""
        return self.type.startswith("expect_table_")

    @property
    def columns(self) -> list[str]:
        """Name the columns that it is about."""
        if self.is_of_table:
            return []
        named = [self.kwargs["column"]] if "column" in self.kwargs else []
        return [*named, *self.kwargs.get("column_list", [])]


@dataclass(frozen=True)
class Suite:
    """The expectations of one table; ``is_personal`` keeps row counts out of the verdict."""

    id: str
    expectations: tuple[Expectation, ...]
    is_personal: bool = False

    @cached_property
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
class Measured:
    """How many rows of a table break each expectation of its suite; of its bytes, where it is one
    file."""

    suite: Suite
    counts: tuple[tuple[Expectation, int], ...]
    rows: int
    sha256: str | None = None


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


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Give an Arrow table as a frame for rules: decimals as float, dates as datetime64.

    Counts below 2**53 keep every digit as float; stored values are never taken from here.
    """
    for index, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            as_float = table.column(index).cast(pa.float64())
            table = table.set_column(index, column.name, as_float)
    return table.to_pandas(date_as_object=False)


def judge(measured: Sequence[Measured]) -> list[Verdict]:
    """Judge what was counted of several tables, all in one batch: of a row a rule.

    Great Expectations takes 2 ms an expectation and 6 ms a batch beside what it judges. An
    expectation a rule would take longer for the 450 of a month than counting their rows.
    """
    counts = [count for one in measured for _, count in one.counts]
    frame = pd.DataFrame({"wrong_rows": counts}, dtype="int64")
    broken = {*failing_rows(frame, _NO_ROW_IS_WRONG)["row"]} if counts else set()
    places = iter(range(len(counts)))
    return [
        Verdict(
            one.suite.id,
            one.suite.digest,
            one.sha256,
            one.rows,
            tuple(
                Result(
                    rule=e.rule,
                    severity=e.severity,
                    passed=next(places) not in broken,
                    failed_count=_told(one.suite, e, count),
                    message=e.message,
                    action=e.action,
                )
                for e, count in one.counts
            ),
        )
        for one in measured
    ]


def _told(suite: Suite, expectation: Expectation, count: int) -> int | None:
    is_told = expectation.about == "rows" and not expectation.is_of_table and not suite.is_personal
    return count if is_told or not count else None


_NO_ROW_IS_WRONG = Suite(
    "counts",
    (
        Expectation(
            "COUNTS",
            "expect_column_values_to_be_in_set",
            {"column": "wrong_rows", "value_set": [0]},
            "refuse",
            "Rows break a rule.",
            "Read the rule.",
        ),
    ),
)


def failing_rows(frame: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """Name the rows that fail: columns ``rule`` and ``row`` (position from 0), no values."""
    results = _validate(frame.reset_index(drop=True), suite.expectations)
    pairs = [
        (expectation.rule, row)
        for expectation, found in zip(suite.expectations, results, strict=True)
        for row in found.result.get("unexpected_index_list") or ()
    ]
    return pd.DataFrame(pairs, columns=["rule", "row"])


def _validate(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> list[Any]:
    """Run Great Expectations; its results in the order of ``expectations``."""
    refuse_what_hides_failures(frame.columns, expectations)
    batch = _batches().get_batch({"dataframe": frame})
    positions = {"result_format": "COMPLETE", "include_unexpected_rows": False}
    results = batch.validate(_declared(expectations), result_format=positions).results
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


def refuse_what_hides_failures(
    columns: Collection[str], expectations: Sequence[Expectation]
) -> None:
    """Raise GateError when a rule names a column that a table lacks, or leaves rows out."""
    for expectation in expectations:
        if "mostly" in expectation.kwargs:
            raise GateError(f"Rule {expectation.rule} uses 'mostly', which ignores null rows.")
        lacking = [column for column in expectation.columns if column not in columns]
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
