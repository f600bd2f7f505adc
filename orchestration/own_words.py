"""What may be said of an error: our own words; of any other its kind and place alone.

A failed cast, a missing key or a parser's complaint repeats the cell it met, and whatever is raised
inside a step is kept by Dagster: in the event log, in the compute logs and on the screen.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from ingest.faults import fault_of, place_of
from ingest.refusals import InWords


class Unexpected(InWords):
    """An unforeseen error, reported without its message."""


@contextmanager
def own_words() -> Iterator[None]:
    """Let our own words pass, without what caused them; replace every other error."""
    try:
        yield
    except InWords as error:
        error.__cause__, error.__suppress_context__ = None, True
        raise
    except Exception as error:
        raise unexpected(error) from None


def unexpected(error: Exception) -> Unexpected:
    """The kind and place of an error that nobody foresaw, and what to do.

    A fault of the machine is said in the system's words: no disk, no memory, no permission.
    """
    if fault := fault_of(error):
        return Unexpected(
            f"{fault} ({place_of(error)}). Nothing was published. The machine is at fault and no "
            "delivery: mend that, then run the command again."
        )
    return Unexpected(
        f"{type(error).__name__} in {place_of(error)}. Its message is not repeated, because it may "
        "hold what was delivered. Nothing was published; report the kind and the place."
    )


def in_own_words(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let nothing but our own words leave the body of an asset or check, plain or a generator."""
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with own_words():
                yield from function(*args, **kwargs)

    else:

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            with own_words():
                return function(*args, **kwargs)

    return guarded
