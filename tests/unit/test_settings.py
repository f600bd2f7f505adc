import pytest

from orchestration import settings
from orchestration.settings import (
    WrongSettings,
    code_version,
    from_environment,
    has_display,
    prepare,
    serving_address,
)


@pytest.mark.parametrize("name", ["a*b", "a[1]", "it's", "{x}"])
def test_a_data_folder_that_sql_would_read_as_a_pattern_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setenv("LASP_HOME", str(tmp_path / name))
    with pytest.raises(WrongSettings, match="pattern"):
        from_environment()


@pytest.mark.parametrize("threads", ["0", "two", "-1", "²"])
def test_threads_are_a_whole_number(monkeypatch, threads):
    monkeypatch.setenv("LASP_THREADS", threads)
    with pytest.raises(WrongSettings, match="whole number"):
        from_environment()


def test_the_code_version_names_the_sources_and_is_the_same_twice():
    assert code_version() == code_version()
    assert code_version().startswith("0.1.0+")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("orchestration/publication/report/templates/base.html", True),
        ("orchestration/publication/report/templates/style.css", True),
        ("dbt_project/seeds/plan.csv", True),
        ("requirements.lock", True),
        ("orchestration/__pycache__/cli.pyc", False),
        ("dbt_project/target/manifest.json", False),
        ("dbt_project/.user.yml", False),
        ("tests/unit/test_settings.py", False),
    ],
)
def test_whatever_makes_a_release_changes_the_code_version_and_nothing_else_does(
    tmp_path, monkeypatch, name, counts
):
    monkeypatch.setattr(settings, "PROJECT", tmp_path)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("before")
    before = code_version()
    path.write_text("after")
    assert (code_version() != before) == counts


@pytest.mark.parametrize(
    ("environment", "has"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "192.0.2.1 22"}, False),
    ],
)
def test_a_page_is_opened_where_there_is_a_display_and_never_over_ssh(
    monkeypatch, environment, has
):
    monkeypatch.setattr(settings.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_display() == has


@pytest.mark.parametrize("address", ["https://x.example/y", "postgresql://host", "host:5432"])
def test_an_address_that_is_no_database_is_refused_without_being_repeated(
    tmp_path, monkeypatch, address
):
    (tmp_path / "address").write_text(address)
    monkeypatch.setenv("LASP_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("LASP_DAGSTER_POSTGRES_FILE", str(tmp_path / "address"))
    with pytest.raises(WrongSettings, match="no address of a PostgreSQL") as refused:
        prepare(from_environment())
    assert address not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["mysql://a:s3cret@b/c", "postgresql://h", "postgresql://u:[s3cret@h/d"]
)
@pytest.mark.parametrize("is_file", [True, False])
def test_an_address_that_nothing_can_be_served_from_is_refused_without_being_repeated(
    tmp_path, monkeypatch, address, is_file
):
    (tmp_path / "address").write_text(address)
    if is_file:
        monkeypatch.setenv("LASP_SERVING_URL_FILE", str(tmp_path / "address"))
    else:
        monkeypatch.setenv("LASP_SERVING_URL", address)
    with pytest.raises(
        WrongSettings, match=r"LASP_SERVING_URL.* no address of a Postgre"
    ) as refused:
        serving_address()
    assert address not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_the_serving_database_is_a_setting_or_stands_in_a_file_and_not_both(tmp_path, monkeypatch):
    assert serving_address() == ""
    monkeypatch.setenv("LASP_SERVING_URL", "postgresql:///served?host=/run/postgresql")
    assert serving_address() == "postgresql:///served?host=/run/postgresql"
    (tmp_path / "address").write_text("postgresql://u:p%40@h:5432/d\n")
    monkeypatch.setenv("LASP_SERVING_URL_FILE", str(tmp_path / "address"))
    with pytest.raises(WrongSettings, match="both set"):
        serving_address()
    monkeypatch.delenv("LASP_SERVING_URL")
    assert serving_address() == "postgresql://u:p%40@h:5432/d"
