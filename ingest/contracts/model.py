"""The shape of a contract, and how one is found for a feed and a month."""

from __future__ import annotations

import csv
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.policy import Refused

FOLDER = Path(__file__).parent


class _Strict(BaseModel):
    """A misspelt key in a contract is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One delivered column: what may stand in it and what becomes of it."""

    name: str
    type: Literal["text", "date", "integer", "boolean", "code", "nhs_number", "urn", "ods_code"]
    required: bool = False
    codes: str | None = None
    """File in ``domains/`` that lists the codes; only for type ``code``."""
    use: Literal["keep", "discard", "pseudonym", "month"] = "keep"
    """``discard``: read, counted, dropped. ``pseudonym``: keyed. ``month``: first of the month."""
    becomes: str | None = None
    """Name in the lake where it differs from the delivered one."""
    is_event: bool = True
    """False for dates that may lie before 1998 or carry no event, such as a birth date."""
    description: str

    @property
    def lake_name(self) -> str:
        """The column's name in the lake."""
        return self.becomes or self.name

    @model_validator(mode="after")
    def _codes_belong_to_codes(self) -> Column:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError(f"column {self.name}: type code and a code list go together")
        return self


class RowRule(_Strict):
    """A promise about one row as a whole; a row that breaks it goes to quarantine."""

    id: str
    description: str
    in_order: tuple[str, ...] = ()
    """Date columns that, where filled, must not go back in time."""
    age_between: tuple[int, int] | None = None
    """Whole years, both inclusive, between the two columns of ``age_of``."""
    age_of: tuple[str, str] | None = None


class Table(_Strict):
    """One table of a delivery: a CSV file, or the sheet of its name in a workbook."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def _says_its_grain(self) -> Table:
        if not self.description.startswith("One row per"):
            raise ValueError(f"table {self.name}: the description begins 'One row per'")
        return self

    def column(self, name: str) -> Column:
        """The column of that delivered name; KeyError when the contract has none."""
        return next(column for column in self.columns if column.name == name)


class Contract(_Strict):
    """What a sender promises for one feed over one period of months."""

    feed: str
    title: str
    kind: Literal["person", "official"]
    sender: str
    source: str
    cadence: Literal["monthly"]
    effective_from: str = Field(pattern=r"^\d{4}-\d{2}$")
    effective_to: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    formats: tuple[Literal["csv", "xlsx"], ...]
    encodings: tuple[str, ...] = ("utf-8", "cp1252")
    day_first_dates: bool = False
    """Whether ``dd/mm/yyyy`` is this feed's own form; day and month are never guessed."""
    tables: tuple[Table, ...]

    @property
    def digest(self) -> str:
        """Hash of the contract with its code lists; a changed contract rebuilds the lake."""
        lists = {c.codes: codes(c.codes) for t in self.tables for c in t.columns if c.codes}
        text = self.model_dump_json() + json.dumps(lists, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class PolicyRule(_Strict):
    """One rule of the landing policy and what becomes of a delivery that breaks it."""

    outcome: str
    rule: str


class Policy(_Strict):
    """The landing policy: one table for every feed."""

    rules: dict[str, PolicyRule]
    null_tokens: tuple[str, ...]
    earliest_event: str
    largest_file_bytes: int
    settle_seconds: float
    quarantine_share: float
    quarantine_rows: int
    quarantine_majority_share: float
    quarantine_majority_rows: int


@cache
def load_contracts() -> tuple[Contract, ...]:
    """Every contract, in the order of feed and effective month."""
    files = sorted(p for p in FOLDER.glob("*.yaml") if p.name != "policy.yaml")
    contracts = [Contract.model_validate(yaml.safe_load(p.read_text("utf-8"))) for p in files]
    return tuple(sorted(contracts, key=lambda c: (c.feed, c.effective_from)))


def contract_for(feed: str, period: str) -> Contract:
    """The contract of ``feed`` in force in ``period`` (YYYY-MM); Refused when there is none."""
    for contract in load_contracts():
        if (
            contract.feed == feed
            and contract.effective_from <= period
            and (contract.effective_to is None or period <= contract.effective_to)
        ):
            return contract
    known = sorted({c.feed for c in load_contracts()})
    raise Refused(
        "R-NAME",
        "the delivery",
        f"no contract covers feed {feed} in {period}",
        f"a feed of {', '.join(known)} within its effective months",
        "check feed and month in the file name or manifest, or agree a contract for that month",
    )


@cache
def policy() -> Policy:
    """The landing policy of ``policy.yaml``."""
    return Policy.model_validate(yaml.safe_load((FOLDER / "policy.yaml").read_text("utf-8")))


def codes(domain: str) -> tuple[str, ...]:
    """The codes of ``domains/<domain>.csv``, in file order."""
    return tuple(labels(domain))


@cache
def labels(domain: str) -> dict[str, str]:
    """The label of each code of ``domains/<domain>.csv``, in file order."""
    with (FOLDER / "domains" / f"{domain}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file)}
