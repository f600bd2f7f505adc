"""What is seen while a command works: a bar on a terminal, whole lines everywhere else.

Lines go to standard output at once and hold no control characters, so that a log file or a pipe
reads well; a terminal that cannot move its cursor (TERM=dumb) is given lines too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

LONG_SECONDS = 5
"""A step that took so long has a line at its end too; every one has a line at its beginning."""
Move = Callable[[str, int, int], None]
"""Say what is done now, how many parts are done, and of how many; of 0 nobody knows the end."""


class Progress:
    """Lines that stay, and on a terminal one line below them that moves."""

    def __init__(self) -> None:
        """Look at standard output as it is now."""
        self._console = _terminal()

    @property
    def is_moving(self) -> bool:
        """Whether there is a terminal on which a bar can be drawn."""
        return self._console is not None

    def say(self, words: str) -> None:
        """Print a line that stays."""
        if self._console is None:
            click.echo(words)
        else:  # never wrapped: a long line is copied as one
            self._console.print(words, markup=False, highlight=False, soft_wrap=True)

    def step(self, words: str) -> None:
        """Print a line where no bar shows the same."""
        if not self.is_moving:
            click.echo(words)

    @contextmanager
    def bar(self, what: str) -> Iterator[Move]:
        """Show a bar while something lasts; its clock runs on while nothing else moves."""
        if self._console is None:
            yield lambda now, done, of: None
            return
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            SpinnerColumn(),
            TimeElapsedColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.description}", markup=False),
        )
        with Bar(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda now, done, of: bar.update(
                task,
                description=f"{what}: {now}" if now else what,
                completed=done,
                total=of or None,
            )

    @contextmanager
    def waiting(self) -> Iterator[Callable[[str], None]]:
        """Give what the lock is to tell: on a terminal the words stand beside a running clock."""
        if self._console is None:
            yield click.echo
            return
        with self._console.status("") as status:
            began = monotonic()

            def tell(words: str) -> None:
                status.update(words.replace("[", r"\["))

            yield tell
            if (waited := monotonic() - began) >= 1:
                self.say(f"waited {waited:.0f} s for the warehouse")


class Steps:
    """The steps of a run as a person follows them: a line at the beginning, one at a late end."""

    def __init__(self, count: int) -> None:
        """Take the number of steps of the run's plan."""
        self.count = count
        self._began: dict[str, float] = {}

    def begin(self, step: str, at: float) -> str:
        """Note that a step begins, in seconds of any clock; give its line."""
        self._began[step] = at
        return f"{len(self._began):2} of {self.count}  {in_words(step)}"

    def end(self, step: str, at: float) -> str | None:
        """Give the line of a step that has ended and took long."""
        seconds = at - self._began.get(step, at)  # a step may fail before it begins
        if seconds < LONG_SECONDS:
            return None
        return f"{len(self._began):2} of {self.count}  {in_words(step)}: took {seconds:.0f} s"


def in_words(step: str) -> str:
    """The name of a step as it is said: ``build_marts`` as build marts."""
    return step.replace("_", " ")


def _terminal() -> Console | None:
    """Standard output where a bar can be drawn; None for a pipe, a file, a dumb terminal."""
    if not sys.stdout.isatty():
        return None
    from rich.console import Console

    console = Console(force_terminal=True)
    return None if console.is_dumb_terminal else console
