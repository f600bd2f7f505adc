"""What all workers of a session use: made by the first that asks for it, changed by nobody."""

import atexit
import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest

from orchestration.run import transform
from orchestration.settings import Settings

_session: list[Path] = []


def keep_in(folder: Path) -> None:
    """Take the session's folder of temporary files."""
    _session[:] = [folder]


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder for all workers; whoever asks while it is made waits. To change it, copy it."""
    if not _session:  # a process that a test started
        _session.append(Path(mkdtemp(prefix="once-")))
        atexit.register(shutil.rmtree, _session[0], ignore_errors=True)
    folder = _session[0] / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            begun = folder.with_suffix(".begun")
            shutil.rmtree(begun, ignore_errors=True)  # of a worker that failed
            begun.mkdir()
            make(begun)
            begun.rename(folder)
    return folder


def parsed_project() -> Path:
    """The dbt project as a data folder has it parsed in its `dbt`: 8 s in each new one."""
    return made_once(f"parsed-{transform.sources_sha256()}", _parse) / "dbt"


def _parse(folder: Path) -> None:
    settings = Settings(folder, folder / "pseudonym.key", 2)
    settings.dbt_target.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LASP_HOME", str(folder))
        patch.setenv("DBT_TARGET_PATH", str(settings.dbt_target))
        patch.setenv("DBT_LOG_PATH", str(folder / "dbt" / "logs"))
        transform.ensure_manifest(settings)
    transform.close()
