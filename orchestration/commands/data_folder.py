"""The data folder of a command: prepared, and held while it changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ingest.door.shown_names import shown_name
from orchestration.lock import warehouse_lock
from orchestration.progress import Progress
from orchestration.settings import Settings, from_environment, one_line, prepare


def prepared_settings(operator: str = "") -> Settings:
    """The settings of this process, with a data folder that is there; who works may be named."""
    settings = from_environment()
    settings = replace(settings, operator=one_line(operator) or settings.operator)
    prepare(settings)
    return settings


@contextmanager
def locked(settings: Settings, shown: Progress) -> Iterator[None]:
    """Hold the warehouse under the name of the command as it was typed."""
    with ExitStack() as stack:
        with shown.waiting() as tell:
            stack.enter_context(warehouse_lock(settings.home, tell, command=_as_typed()))
        yield


def _as_typed() -> str:
    """The command for those who wait for it; a delivered file's name may hold a person's."""
    typed = [shown_name(Path(one)) if os.path.lexists(one) else one for one in sys.argv[1:]]
    return " ".join(["lasp", *typed])
