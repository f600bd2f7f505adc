"""A quarter of the real daemon under a clock of its own: what comes, what is released, who hears.

The clock is libfaketime's, moved on as soon as nothing is pending. Every line of the log is one
event with its simulated day; `pytest -s` shows it, and it lies beside the data folder.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from aiosmtpd.controller import Controller

from ingest.store.ledger import Ledger
from ingest.store.submissions import RECEIVED
from ingest.synthetic.monthly_files import write_deliveries
from orchestration.settings import PROJECT, from_environment, prepare
from orchestration.timetable import alerts
from orchestration.timetable.endings import UNENDED
from tests.end_to_end.lasp import LASP
from tests.unit.timetable.test_alerts import Mails, Webhook, free_port

COMPILER = shutil.which("cc")
SLEEP = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *left) {
  return syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
}
"""
"""Sleeps until a moment of the clock that is not moved: libfaketime 0.9.10 answers EINVAL to them,
and Python's time.sleep is one."""
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
MONTHS = ["2026-10", "2026-11", "2026-12", "2027-01"]
PATIENCE_SECONDS = 1_200
_ENDED = ("SUCCESS", "SKIPPED")

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(
        not (LIBRARY and COMPILER),
        reason="the clock is moved by libfaketime and a C compiler: apt-get install faketime gcc",
    ),
]


def at(day: str, hour: int = 7, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:{minute:02d}:00+00:00")


@dataclass
class Quarter:
    """The daemon over a data folder, its clock, and the log of what was seen."""

    folder: Path
    environment: dict[str, str]
    instance: dg.DagsterInstance
    webhook: Webhook
    mails: list
    daemon: subprocess.Popen | None = None
    log: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    now: datetime = datetime(2026, 12, 1, tzinfo=UTC)
    first_on: datetime | None = None

    @property
    def home(self) -> Path:
        return self.folder / "var"

    def say(self, words: str) -> None:
        self.log.append(f"{self.now:%a %d %b %Y %H:%M}  {words}")
        (self.folder / "quarter.log").write_text("\n".join(self.log) + "\n")
        print(self.log[-1], flush=True)

    def set_clock(self, now: datetime) -> None:
        """Every process follows: the file holds how far the clock is from the machine's.

        By how much follows from the file itself: the machine dates what is written.
        """
        self.now = now
        partial = self.folder / "clock.partial"
        partial.touch()
        offset = int(now.timestamp() - partial.stat().st_mtime)
        partial.write_text(f"{offset:+d}")
        partial.replace(self.folder / "clock")

    def switch_on(self) -> None:
        self.set_clock(self.now)
        self.first_on = self.first_on or self.now
        words = (self.folder / "daemon.log").open("a")
        self.daemon = subprocess.Popen(
            [LASP, "daemon"], env=self.environment, stdout=words, stderr=words,
            cwd=self.folder,
        )  # fmt: skip
        self.say("the machine is switched on")

    def switch_off(self) -> None:
        """As when power fails: nobody is asked."""
        self.kill()
        self.say("the machine is switched off")

    def kill(self) -> None:
        """The daemon, its code servers and runs: all that lives under the moved clock."""
        own = f"FAKETIME_TIMESTAMP_FILE={self.folder / 'clock'}".encode()
        for process in Path("/proc").glob("[0-9]*/environ"):
            try:
                if own in process.read_bytes().split(b"\0"):
                    os.kill(int(process.parent.name), signal.SIGKILL)
            except OSError:  # it has ended meanwhile, or is another user's
                continue
        if self.daemon:
            self.daemon.wait()

    def go_to(self, moment: datetime) -> None:
        """Move the clock on and wait until everything has looked and nothing is pending."""
        moment = max(moment, self.now)  # a clock that goes back is refused, as it should be
        self.set_clock(moment)
        limit = time.monotonic() + PATIENCE_SECONDS
        while not self._is_quiet(moment):
            assert self.daemon.poll() is None, (self.folder / "daemon.log").read_text()[-3000:]
            assert time.monotonic() < limit, f"still busy {PATIENCE_SECONDS} s after {moment}"
            time.sleep(2)
            self.note()
        self.note()

    def _pending(self) -> bool:
        unended = dg.RunsFilter(statuses=[*UNENDED])
        return bool(self.instance.get_run_records(unended, limit=1))

    def _is_quiet(self, moment: datetime) -> bool:
        """Whether all have looked since, and at the inbox since the last run ended, for nothing.

        The clock stays as it is meanwhile: a code server that starts would seem to take hours.
        """
        if self._pending():
            return False
        since = moment.timestamp()
        ended = [record.end_time or 0 for record in self.instance.get_run_records(limit=1)]
        wanted = {"deliveries": max([since, *ended]), "alerts": since}
        due = moment.replace(minute=0)
        # A daemon that starts again makes up for the last hour that it missed.
        if due.hour in range(7, 19) and due > self.first_on:
            wanted["working_days"] = due.timestamp()
        has_looked = all(self._has_looked(name, first) for name, first in wanted.items())
        return has_looked and not self._pending()

    def _has_looked(self, name: str, since: float) -> bool:
        """Whether a look since then came to its end: after a leap of hours the code server is
        thought dead and started anew, and looks fail until it is there."""
        states = {state.instigator_name: state for state in self.instance.all_instigator_state()}
        if name not in states:
            return False
        origin = states[name].instigator_origin_id
        ticks = self.instance.get_ticks(origin, states[name].selector_id, limit=1)
        return any(t.timestamp >= since and t.status.value in _ENDED for t in ticks)

    def note(self) -> None:
        """Write down what has happened since the last look."""
        for entry in Ledger(self.home).entries():
            body = entry.body
            if entry.kind == RECEIVED:
                names = ", ".join(file["name"] for file in body["files"])
                self._once(f"entry {entry.number}", f"{body['outcome']}: {names}")
            elif entry.kind == "released":
                facts = json.loads(
                    (self.home / "releases" / body["release_id"] / "MANIFEST.json").read_text()
                )
                kind = "provisional" if facts["is_provisional"] else "final"
                words = f"released {body['release_id']}, {kind}, as at {body['as_at']}"
                self._once(f"entry {entry.number}", words)
        for number, (key, posted) in enumerate(self.webhook.posted, 1):
            self._once(f"post {number}", f"webhook: {posted['what']} ({key})")
        for number, (_, text) in enumerate(self.mails, 1):
            subject = next(line for line in text.splitlines() if line.startswith("Subject:"))
            self._once(f"mail {number}", f"e-mail: {subject}")
        for record in self.instance.get_run_records(dg.RunsFilter(job_name="receive_deliveries")):
            run = record.dagster_run
            if run.is_finished:
                self._once(run.run_id, f"the inbox was received: {run.status.value}")

    def _once(self, key: str, words: str) -> None:
        if key not in self.seen:
            self.seen.add(key)
            self.say(words)

    def deliver(self, name: str, data: bytes | None = None, to: str = "") -> Path:
        """Put a file of the senders' folder into the inbox, as of this moment."""
        path = self.home / "inbox" / (to or name)
        path.write_bytes((self.folder / "senders" / name).read_bytes() if data is None else data)
        self.say(f"a sender puts {path.name} into the inbox ({path.stat().st_size} bytes)")
        return path


def _sleeping(folder: Path) -> Path:
    source, library = folder / "sleep.c", folder / "sleep.so"
    source.write_text(SLEEP)
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.fixture
def quarter(tmp_path, monkeypatch):
    write_deliveries(tmp_path / "senders", MONTHS, feeds=["therapy_ptl"])
    webhook, mails, port = Webhook(), Mails(), free_port()
    webhook.answers = [503]  # down when the first alert comes
    server = Controller(mails, hostname="127.0.0.1", port=port)
    server.start()
    (tmp_path / "webhook").write_text(webhook.url)
    environment = {
        "LASP_HOME": str(tmp_path / "var"),
        "PYTHONPATH": str(PROJECT),
        "LASP_ALERT_WEBHOOK_FILE": str(tmp_path / "webhook"),
        "LASP_ALERT_EMAIL": "data@wirral.example",
        "LASP_SMTP_HOST": "127.0.0.1",
        "LASP_SMTP_PORT": str(port),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    prepare(from_environment())
    clock = {
        "LD_PRELOAD": f"{_sleeping(tmp_path)} {LIBRARY}",
        "FAKETIME_TIMESTAMP_FILE": str(tmp_path / "clock"),
        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip
    with dg.DagsterInstance.get() as instance:
        os.environ.clear()
        os.environ.update(before)
        one = Quarter(tmp_path, dict(os.environ) | clock, instance, webhook, mails.taken)
        try:
            yield one
        finally:
            one.kill()
    server.stop()
    webhook.server.shutdown()


def name_of(sender: str, month: str, number: int = 1) -> str:
    ending = {"RY7": "csv", "RBL": "xlsx"}[sender]
    return f"therapy_ptl_{sender}_{month.replace('-', '')}_{number:02d}.{ending}"


def rows_less(data: bytes, count: int) -> bytes:
    return b"\n".join(data.split(b"\n")[: -count - 1]) + b"\n"


def test_a_quarter_of_late_missing_corrected_half_written_and_duplicate_deliveries(quarter):
    q, senders = quarter, quarter.folder / "senders"
    q.set_clock(at("2026-12-01", 8, 2))
    q.deliver(name_of("RY7", "2026-10"))
    q.deliver(name_of("RBL", "2026-10"))
    q.now = at("2026-12-01", 8, 5)
    q.switch_on()
    q.go_to(at("2026-12-01", 8, 6))
    q.go_to(at("2026-12-01", 9, 2))
    assert released(q) == ["2026-10/r1"]

    q.set_clock(at("2026-12-03", 10))
    q.deliver(name_of("RY7", "2026-11"))
    part = q.deliver(name_of("RBL", "2026-11"), to=name_of("RBL", "2026-11") + ".part")
    q.go_to(at("2026-12-03", 10, 2))
    q.go_to(at("2026-12-07", 12, 2))
    assert part.exists()
    part.unlink()
    q.go_to(at("2026-12-08", 15, 30))
    assert not q.webhook.posted
    q.go_to(at("2026-12-08", 16, 2))
    q.go_to(at("2026-12-08", 16, 10))
    q.go_to(at("2026-12-09", 7, 2))
    assert released(q)[-1] == "2026-11/r1"
    q.set_clock(at("2026-12-10", 9, 30))
    q.deliver(name_of("RBL", "2026-11"))
    q.go_to(at("2026-12-10", 9, 32))
    q.go_to(at("2026-12-10", 10, 2))
    assert released(q)[-1] == "2026-11/r2"
    q.set_clock(at("2026-12-11", 11))
    q.deliver(name_of("RY7", "2026-11"))
    q.go_to(at("2026-12-11", 11, 2))
    q.go_to(at("2026-12-11", 12, 2))
    for day in ("2026-12-14", "2026-12-16", "2026-12-17"):
        q.go_to(at(day, 7, 2))
    assert released(q)[-1] == "2026-11/r3"
    q.set_clock(at("2026-12-21", 14))
    good = (senders / name_of("RY7", "2026-11")).read_bytes()
    q.deliver("", rows_less(good, 2), to=name_of("RY7", "2026-11", 2))
    q.go_to(at("2026-12-21", 14, 2))
    q.go_to(at("2026-12-21", 15, 2))
    assert released(q)[-1] == "2026-11/r4"

    q.set_clock(at("2027-01-06", 9))
    q.deliver(name_of("RY7", "2026-12"))
    # A file that still grows is known by the kernel's clock, which nobody moves here: one that was
    # cut off on its way is taken, and refused with an answer.
    whole = (senders / name_of("RBL", "2026-12")).read_bytes()
    q.deliver("", whole[: len(whole) // 2], to=name_of("RBL", "2026-12"))
    q.go_to(at("2027-01-06", 9, 2))
    q.set_clock(at("2027-01-06", 9, 31))
    q.deliver(name_of("RBL", "2026-12"))
    q.go_to(at("2027-01-06", 9, 33))
    q.go_to(at("2027-01-11", 16, 2))
    q.go_to(at("2027-01-11", 17, 2))
    q.switch_off()
    q.now = at("2027-01-13", 9, 5)
    q.switch_on()
    q.go_to(at("2027-01-13", 9, 10))
    q.go_to(at("2027-01-13", 10, 2))
    assert released(q)[-1] == "2026-12/r1"
    for day in ("2027-01-15", "2027-01-19", "2027-01-20"):
        q.go_to(at(day, 7, 2))
    assert released(q)[-1] == "2026-12/r2"
    q.set_clock(at("2027-01-25", 14))
    q.deliver("", b"not a list\n", to=name_of("RBL", "2026-12", 2))
    q.go_to(at("2027-01-25", 14, 2))
    q.go_to(at("2027-01-25", 15, 2))

    q.set_clock(at("2027-02-03", 10))
    q.deliver(name_of("RY7", "2027-01"))
    q.go_to(at("2027-02-03", 10, 2))
    q.go_to(at("2027-02-08", 16, 2))
    for day in ("2027-02-09", "2027-02-10", "2027-02-16", "2027-02-17", "2027-02-26"):
        q.go_to(at(day, 7, 2))

    made = released(q)
    assert made == [
        "2026-10/r1", "2026-11/r1", "2026-11/r2", "2026-11/r3", "2026-11/r4",
        "2026-12/r1", "2026-12/r2", "2026-12/r3", "2027-01/r1", "2027-01/r2",
    ]  # fmt: skip
    runs = q.instance.get_runs(dg.RunsFilter(job_name="monthly_release"))
    assert Counter(run.status.value for run in runs) == {"SUCCESS": len(made)}
    outcomes = Counter(
        entry.body["outcome"] for entry in Ledger(q.home).entries() if entry.kind == RECEIVED
    )
    assert outcomes == {"accepted": 8, "refused": 2}
    left = [path.name for path in (q.home / "inbox").iterdir() if path.is_file()]
    assert left == [], "every delivery is answered"
    assert list((q.home / "inbox" / "refused").glob("*/answer.csv"))
    keys = Counter(key for key, _ in q.webhook.posted)
    # The first was answered with 503 and came again under its key.
    assert keys == {"missing-2026-11": 2, "missing-2027-01": 1}
    assert len(q.mails) == 2
    assert alerts.outstanding(q.home, q.now) == []
    q.daemon.terminate()
    assert q.daemon.wait(60) == 0, "systemd reads 0 as a stop that was asked for"


def released(q: Quarter) -> list[str]:
    return [e.body["release_id"] for e in Ledger(q.home).entries() if e.kind == "released"]
