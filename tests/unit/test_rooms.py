"""The rooms of the Python code: who may import whom is held by import-linter, in pyproject.toml."""

from collections import Counter

import pytest

from orchestration.settings import PROJECT


@pytest.mark.parametrize("roots", [("ingest", "expectations", "orchestration"), ("tests",)])
def test_no_two_modules_have_one_name(roots) -> None:
    paths = [path for root in roots for path in (PROJECT / root).rglob("*.py")]
    names = Counter(path.stem for path in paths)
    assert len(names) > 10
    assert {name for name, many in names.items() if many > 1} <= {"__init__", "conftest"}
