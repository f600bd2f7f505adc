"""How a command ends. Exit status: 0 done, 1 failed, 2 wrong usage, 3 refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from ingest.refusals import InWords
from orchestration.own_words import unexpected
from orchestration.publication.release import explanation, history
from orchestration.settings import WrongSettings

FAILED, USAGE, REFUSED = 1, 2, 3


def in_words(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say an expected error in its own words, and of any other its kind and place alone."""

    @wraps(command)
    def said(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (WrongSettings, history.WrongRelease, explanation.NoSuchFigure) as error:
            stop(str(error), USAGE)
        except InWords as error:
            stop(str(error), FAILED)
        except (click.ClickException, BrokenPipeError):  # `lasp status | head`: click ends quietly
            raise
        except Exception as error:
            stop(str(unexpected(error)), FAILED)

    return said


def stop(words: str, status: int) -> None:
    """End the command with what is said on standard error."""
    click.echo(words, err=True)
    sys.exit(status)
