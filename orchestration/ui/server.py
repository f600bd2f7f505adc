"""Serve the UI on this machine alone; beside a UI that may change things, let a daemon run."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import uvicorn
from dagster._core.remote_origin import CodeLocationOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._core.workspace.workspace import (
    CodeLocationEntry,
    CodeLocationLoadStatus,
    DefinitionsSource,
)
from dagster._daemon.controller import all_daemons_live
from dagster._time import get_current_timestamp
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from ingest.refusals import InWords
from orchestration.instance import open_instance
from orchestration.lock import has_daemon
from orchestration.settings import Settings
from orchestration.ui import linked
from orchestration.ui.guard import HOST, Guard

LOCATION = "orchestration.definitions"
"""The module that Dagster loads; also its name of the code location."""
BEAT_SECONDS = 75
"""A daemon is alive if it reported within this time; it reports every 30 s."""
LOOK_SECONDS = 15


class PortTaken(InWords):
    """Another program answers at the port."""


class GuardedUI(DagsterWebserver):
    """Dagster's own server behind the guard, with the pages of the releases beside it."""

    def __init__(
        self, context: WorkspaceProcessContext, settings: Settings, port: int, token: str | None
    ) -> None:
        """Serve ``context``'s instance and code location, and the releases of ``settings.home``."""
        self._settings, self._guard = settings, Middleware(Guard, port=port, token=token)
        super().__init__(context, live_data_poll_rate=2000)

    def build_middleware(self) -> list[Middleware]:
        """The guard first."""
        return [self._guard, *super().build_middleware()]

    def build_routes(self) -> list[BaseRoute]:
        """Our pages first: Dagster's last route answers every address."""
        return [*linked.routes(self._settings), *super().build_routes()]


class Workspace(WorkspaceProcessContext):
    """Opens at once; the code location, which takes seconds to load, follows in a thread."""

    _is_opened = False

    def _load_location(self, origin: CodeLocationOrigin, reload: bool) -> CodeLocationEntry:
        if self._is_opened:
            return super()._load_location(origin, reload)
        now = get_current_timestamp()
        return CodeLocationEntry(
            origin=origin,
            code_location=None,
            load_error=None,
            load_status=CodeLocationLoadStatus.LOADING,
            display_metadata=origin.get_display_metadata(),
            update_timestamp=now,
            version_key=str(now),
            definitions_source=DefinitionsSource.CODE_SERVER,
        )

    def load(self) -> None:
        """Load the code location, for the first time; the open pages show it by themselves."""
        self._is_opened = True
        self.reload_code_location(LOCATION)


def serve(
    settings: Settings, port: int, *, is_operating: bool, tell: Callable[[str], None]
) -> None:
    """Serve until interrupted; ``port`` 0 takes a free one.

    Raises:
        PortTaken, NoHistory: nothing was started.
    """
    # The server ends on a signal and then raises it again; what runs beside it must be stopped.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with _listening(port) as (listener, port), open_instance() as instance:
        token = secrets.token_urlsafe(32) if is_operating else None
        instance.optimize_for_webserver(15_000, 3_600, 20)  # as dagster-webserver does
        target = ModuleTarget(LOCATION, None, None, None)
        with (
            Workspace(
                instance,
                target,
                __version__,
                read_only=not is_operating,
                code_server_log_level="ERROR",
            ) as workspace,
            _announced(settings.home, port, token, tell),
            _followed_by(_after_opening(workspace, instance, settings.home, is_operating)),
        ):
            app = GuardedUI(workspace, settings, port, token).create_asgi_app()
            # The access log would hold the token.
            config = uvicorn.Config(app, log_level="warning", access_log=False)
            uvicorn.Server(config).run([listener])


@contextmanager
def _listening(port: int) -> Iterator[tuple[socket.socket, int]]:
    """Take the port before anything else starts."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()  # whoever opens the address at once waits for the first page
        except OSError as error:
            raise PortTaken(
                f"Port {port} of {HOST} cannot be used: {error.strerror}. Another UI may be open "
                f"there; close it, or choose another port: `--port {port + 1}`, or "
                f"`make ui PORT={port + 1}`."
            ) from error
        yield listener, listener.getsockname()[1]


@contextmanager
def _announced(
    home: Path, port: int, token: str | None, tell: Callable[[str], None]
) -> Iterator[None]:
    """Say where the UI is; a token is shown on a terminal alone, elsewhere it lies in a file."""
    address = f"http://{HOST}:{port}/" + (f"?token={token}" if token else "")
    if token is None or sys.stdout.isatty():
        tell(f"{'Open' if token else 'To look and not to change:'} {address}")
        yield
        return
    path = home / f"ui-{port}.address"
    path.unlink(missing_ok=True)
    path.touch(0o600, exist_ok=False)
    path.write_text(f"{address}\n", "utf-8")
    tell(f"The UI answers at {HOST}:{port}. Its address, with the token, is in {path}")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _followed_by(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do ``work`` beside the server, and tell it when the server has stopped."""
    is_over = threading.Event()
    thread = threading.Thread(target=work, args=(is_over,), name="after opening")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _after_opening(
    workspace: Workspace, instance: dg.DagsterInstance, home: Path, is_operating: bool
) -> Callable[[threading.Event], None]:
    def work(is_over: threading.Event) -> None:
        workspace.load()
        # After the code was loaded once: a project that two processes parse at once breaks.
        if is_operating:
            keep_daemon(instance, home, is_over)

    return work


def keep_daemon(instance: dg.DagsterInstance, home: Path, is_over: threading.Event) -> None:
    """Run a daemon while none is alive over this data folder, until ``is_over``.

    Without one, runs asked for in the UI stay queued and backfills never start.
    """
    child: subprocess.Popen | None = None
    program = [Path(sys.executable).with_name("lasp"), "daemon"]
    try:
        while True:
            is_ours = child is not None and child.poll() is None
            is_alive = has_daemon(home) or all_daemons_live(  # here, or on another machine
                instance, heartbeat_tolerance_seconds=BEAT_SECONDS
            )
            if not is_ours and not is_alive:
                child = subprocess.Popen(program)
            if is_over.wait(LOOK_SECONDS):
                return
    finally:
        if child is not None and child.poll() is None:
            child.terminate()
            child.wait()
