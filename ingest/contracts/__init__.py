"""What each sender promises: one YAML a feed and effective period, and the loader.

A delivered column is described here and nowhere else. The Arrow schema of the lake, the sources
of dbt and the expectations on the lake are all derived from these files.
"""

from ingest.contracts.model import (
    Column,
    Contract,
    RowRule,
    Table,
    contract_for,
    load_contracts,
    local_feeds,
    policy,
)

__all__ = [
    "Column",
    "Contract",
    "RowRule",
    "Table",
    "contract_for",
    "load_contracts",
    "local_feeds",
    "policy",
]
