"""What is seen while a command works: a bar on a terminal, whole lines everywhere else.

Lines go to standard output at once and hold no control characters, so that a log file or a pipe
reads well; a terminal that cannot move its cursor (TERM=dumb) is given lines too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

LONG_SECONDS = 5
"""A stage that took so long has a line at its end too; every one has a line at its beginning."""
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


class Stages:
    """The steps of a run in the stages that a person follows: many feeds are one stage.

    A step of one feed belongs to the stage of all feeds: ``landing__ccis`` to ``landing``,
    ``lake__ccis_feed_gate`` to ``feed_gate``. Every other step is a stage of its own.
    """

    def __init__(self, steps: Sequence[str], feeds: Sequence[str]) -> None:
        """Take the keys of the steps of a run's plan, and the ids of the feeds."""
        self._stage = {step: _stage(step, feeds) for step in steps}
        self._left = {stage: self._count(stage) for stage in self._stage.values()}
        self._seconds = dict.fromkeys(self._left, 0.0)
        self._begun: set[str] = set()
        self.count = len(self._left)

    def _count(self, stage: str) -> int:
        return list(self._stage.values()).count(stage)

    @property
    def done(self) -> int:
        """How many stages have ended."""
        return sum(not left for left in self._left.values())

    def name(self, step: str) -> str:
        """Name the stage of a step, with the number of feeds."""
        stage = self._stage.get(step, step)
        count = self._count(stage)
        return f"{stage} of {count} feeds" if count > 1 else stage

    def begin(self, step: str) -> str | None:
        """Note that a step begins; give its stage's line with the first of its steps."""
        stage = self._stage.get(step)
        if stage is None or stage in self._begun:
            return None
        self._begun.add(stage)
        return f"{len(self._begun):2} of {self.count}  {self.name(step)}"

    def end(self, step: str, seconds: float) -> str | None:
        """Note that a step has ended; give the line of a stage that has ended and took long."""
        if (stage := self._stage.get(step)) is None:
            return None
        self._left[stage] -= 1
        self._seconds[stage] += seconds
        if self._left[stage] or self._seconds[stage] < LONG_SECONDS:
            return None
        took = f"took {self._seconds[stage]:.0f} s"
        return f"{self.done:2} of {self.count}  {self.name(step)}: {took}"


def _stage(step: str, feeds: Sequence[str]) -> str:
    layer, _, rest = step.partition("__")
    for feed in sorted(feeds, key=len, reverse=True):  # dfe_neet_scorecard is not dfe_neet
        if rest == feed:
            return layer
        if rest.startswith(f"{feed}_"):
            return rest.removeprefix(f"{feed}_")
    return step.replace("__", "/")


def _terminal() -> Console | None:
    """Standard output where a bar can be drawn; None for a pipe, a file, a dumb terminal."""
    if not sys.stdout.isatty():
        return None
    from rich.console import Console

    console = Console(force_terminal=True)
    return None if console.is_dumb_terminal else console
