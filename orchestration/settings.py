"""The environment, interpreted here and nowhere else."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from ingest import partnership
from ingest.refusals import InWords
from ingest.store.durable import write_whole

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
_ADDRESS = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")
_PATTERN_CHARACTERS = frozenset("*?[]{}'\"\\\n")
# With the lock of the libraries: they draw the charts and write the Parquet files.
_SOURCES = ("ingest", "expectations", "orchestration", "dbt_project", "requirements.lock")
MADE = frozenset({"__pycache__", "target", "logs"})
"""Folders that are not sources: compiled code, what dbt writes."""


_POSTGRES_URL = "LASP_DAGSTER_POSTGRES_URL"
# By name, not by value: Dagster hands its configuration on in the arguments of processes, which
# everybody on the machine can read.
_POSTGRES = f"storage:\n  postgres:\n    postgres_url:\n      env: {_POSTGRES_URL}\n".encode()
_SQLITE = b"""\
event_log_storage:
  module: orchestration.event_files
  class: EventFiles
  config:
    base_dir:
      env: DAGSTER_HOME
"""


class WrongSettings(InWords):
    """The environment asks for something that cannot be done."""


@dataclass(frozen=True)
class Settings:
    """Where data lies, where the key lies, how many threads DuckDB may use, and for whom."""

    home: Path
    key_file: Path
    threads: int
    partnership: Path = partnership.SHIPPED
    """The folder of what is the partnership's own."""
    operator: str = ""
    """Who works here: the ledger says so of each release."""
    needs_approval: bool = True
    """Whether the public part of a release of real data waits for a second person."""

    @property
    def dagster_home(self) -> Path:
        """Runs, events, compute logs and schedules of Dagster."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """dbt's compiled SQL and manifest."""
        return self.home / "dbt" / "target"

    @property
    def dbt_docs(self) -> Path:
        """dbt's pages, a file for each content of the project: ``<sha256 of its sources>.html``."""
        return self.home / "dbt" / "docs"

    @property
    def data_docs(self) -> Path:
        """What the mart gate judged, a page a release: ``<month>/<revision>.html``."""
        return self.home / "receipts" / "data_docs"

    @property
    def manifest(self) -> Path:
        """dbt's manifest, from which assets, checks and mart suites are derived."""
        return self.dbt_target / "manifest.json"


def from_environment() -> Settings:
    """Read what every command needs: ``LASP_HOME``, ``LASP_PSEUDONYM_KEY_FILE``, and others.

    ``LASP_THREADS``, ``LASP_PARTNERSHIP``, ``LASP_OPERATOR`` (by default the user of the machine)
    and ``LASP_PUBLIC_APPROVAL`` (required, or none).

    Raises:
        WrongSettings: the data folder's path holds a character that SQL reads as a pattern, the
            number of threads is none, the partnership's folder has no settings, or whether
            public parts need approval is neither of the two.
    """
    home = Path(os.environ.get("LASP_HOME") or "var").absolute()
    if _PATTERN_CHARACTERS & set(str(home)):
        raise WrongSettings(
            f"LASP_HOME is {home}, whose name holds one of * ? [ ] {{ }} ' \" \\. "
            "Choose a folder without them: SQL would read them as a pattern."
        )
    threads = os.environ.get("LASP_THREADS", "2")
    if not threads.isascii() or not threads.isdigit() or int(threads) < 1:
        raise WrongSettings("LASP_THREADS must be a whole number from 1 on.")
    key_file = os.environ.get("LASP_PSEUDONYM_KEY_FILE") or str(home / "pseudonym.key")
    folder = Path(os.environ.get("LASP_PARTNERSHIP") or partnership.SHIPPED).absolute()
    if not (folder / partnership.SETTINGS).exists():
        raise WrongSettings(
            f"LASP_PARTNERSHIP is {folder}, which holds no {partnership.SETTINGS}. Name a folder "
            "like dbt_project/partnership, or leave the setting out for that one."
        )
    approval = os.environ.get("LASP_PUBLIC_APPROVAL") or "required"
    if approval not in ("required", "none"):
        raise WrongSettings(
            f"LASP_PUBLIC_APPROVAL is {approval!r}; it must be required (the public part of a "
            "release waits for `lasp approve` by a second person) or none."
        )
    return Settings(
        home, Path(key_file).absolute(), int(threads), folder,
        operator=one_line(os.environ.get("LASP_OPERATOR", "")) or _user(),
        needs_approval=approval == "required",
    )  # fmt: skip


def one_line(name: str) -> str:
    """A person's name as it is kept: without blanks around it, and one between its parts."""
    return " ".join(name.split())


def _user() -> str:
    """Who runs this process; a container may know its users by number alone."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


@dataclass(frozen=True)
class Mail:
    """Over which server, from whom and to whom alerts are mailed."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    """Empty where the server asks for no password."""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Channels:
    """Ways by which alerts are sent; without any they are kept and `lasp status` lists them."""

    webhook: str = field(default="", repr=False)
    """Address to which each alert is posted as JSON; whoever has it can post there too."""
    mail: Mail | None = None


def channels() -> Channels:
    """Read how alerts are sent.

    ``LASP_ALERT_WEBHOOK_FILE``: a file that holds the address (https, or http on this machine).
    ``LASP_ALERT_EMAIL``: recipients, comma-separated; then ``LASP_SMTP_HOST`` is needed,
    ``LASP_SMTP_PORT`` is 587 by default, ``LASP_SMTP_FROM`` the first recipient by default, and
    ``LASP_SMTP_USER`` with ``LASP_SMTP_PASSWORD_FILE`` are for a server that asks for them.
    ``SSL_CERT_FILE`` names the certificates of a server with one of your own.

    Secrets are in files: an environment is seen by every process of its user.

    Raises:
        WrongSettings: one of them is missing or cannot be used; a secret is not repeated.
    """
    webhook = _secret("LASP_ALERT_WEBHOOK_FILE")
    parts = urlsplit(webhook)
    is_here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if webhook and not (parts.hostname and (parts.scheme == "https" or is_here)):
        raise WrongSettings(
            "The file of LASP_ALERT_WEBHOOK_FILE holds no address that begins with https://. Put "
            "the address there that your chat or incident program gave for incoming webhooks."
        )
    return Channels(webhook, _mail())


def _mail() -> Mail | None:
    addresses = os.environ.get("LASP_ALERT_EMAIL", "").split(",")
    recipients = tuple(address.strip() for address in addresses if address.strip())
    if not recipients:
        return None
    host, user = os.environ.get("LASP_SMTP_HOST", ""), os.environ.get("LASP_SMTP_USER", "")
    sender = os.environ.get("LASP_SMTP_FROM") or recipients[0]
    for address in (*recipients, sender):
        if not _ADDRESS.fullmatch(address):
            raise WrongSettings(
                f"{address!r} in LASP_ALERT_EMAIL or LASP_SMTP_FROM is no e-mail address."
            )
    if not host:
        raise WrongSettings("LASP_ALERT_EMAIL is set: LASP_SMTP_HOST must name the mail server.")
    port = os.environ.get("LASP_SMTP_PORT") or "587"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise WrongSettings(f"LASP_SMTP_PORT is {port!r}; it must be a whole number, such as 587.")
    password = _secret("LASP_SMTP_PASSWORD_FILE")
    if bool(user) != bool(password):
        raise WrongSettings(
            "LASP_SMTP_USER and LASP_SMTP_PASSWORD_FILE go together: set both, or neither."
        )
    return Mail(host, int(port), sender, recipients, user, password)


def _secret(name: str) -> str:
    """What stands in the file that a setting names; empty where it names none."""
    path = os.environ.get(name, "")
    if not path:
        return ""
    try:
        secret = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(
            f"{name} is {path}, which cannot be read ({type(error).__name__}). Name a file that "
            "the user of the warehouse may read."
        ) from None
    if not secret:
        raise WrongSettings(f"{name} is {path}, which is empty.")
    return secret


def serving_address() -> str:
    """Read the address of the PostgreSQL database that releases are served from; empty without one.

    ``LASP_SERVING_URL_FILE`` names a file that holds the address; ``LASP_SERVING_URL`` is the
    address, for one without password: an environment is seen by every process of its user.

    Raises:
        WrongSettings: both are set, or there is no such address. It is not repeated.
    """
    in_file, plain = _secret("LASP_SERVING_URL_FILE"), os.environ.get("LASP_SERVING_URL", "")
    if in_file and plain:
        raise WrongSettings("LASP_SERVING_URL and LASP_SERVING_URL_FILE are both set: leave one.")
    if in_file:
        _refuse_other_database(in_file, "The file of LASP_SERVING_URL_FILE")
    elif plain:
        _refuse_other_database(plain, "LASP_SERVING_URL")
    return in_file or plain


@contextmanager
def unserved() -> Iterator[None]:
    """Let nothing be served meanwhile: what is made again is compared, and no reader may see it."""
    names = ("LASP_SERVING_URL", "LASP_SERVING_URL_FILE")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def prepare(settings: Settings, *, is_beside: bool = False) -> None:
    """Make the data folder and tell dbt, Dagster and Great Expectations where they may write.

    From here on the process works for the partnership of the settings.

    Dagster's history lies in the data folder, or in the PostgreSQL of which the file that
    ``LASP_DAGSTER_POSTGRES_FILE`` names holds the address (postgresql://user:password@host/name).
    A folder that lies beside the data folder for a while keeps its own, and works under its key.
    All three are kept from sending usage statistics. Files are for the owner and its group only.
    """
    os.umask(0o027)
    partnership.choose(settings.partnership)
    for folder in (settings.home / "inbox", settings.dagster_home, settings.dbt_target):
        folder.mkdir(parents=True, exist_ok=True)
    if not (settings.home / "lock").exists():  # a backup by another user would make one of its own
        (settings.home / "lock").touch()
    configuration, wanted = settings.dagster_home / "dagster.yaml", _dagster_yaml().read_bytes()
    storage = _SQLITE
    if not is_beside and (url := _secret("LASP_DAGSTER_POSTGRES_FILE")):
        _refuse_other_database(url, "The file of LASP_DAGSTER_POSTGRES_FILE")
        storage = _POSTGRES
        # SQLAlchemy takes psycopg 3 by default since 2.1; dagster-postgres brings psycopg2.
        os.environ[_POSTGRES_URL] = f"postgresql+psycopg2://{url.partition('://')[2]}"
    if not configuration.exists() or configuration.read_bytes() != wanted + storage:
        write_whole(configuration, wanted + storage)
    os.environ.update(
        LASP_HOME=str(settings.home),
        LASP_THREADS=str(settings.threads),
        LASP_PARTNERSHIP=str(settings.partnership),
        LASP_OPERATOR=settings.operator,
        DAGSTER_HOME=str(settings.dagster_home),
        DBT_TARGET_PATH=str(settings.dbt_target),
        DBT_LOG_PATH=str(settings.home / "dbt" / "logs"),
        DO_NOT_TRACK="1",
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        GX_ANALYTICS_ENABLED="false",
    )
    if is_beside:
        os.environ["LASP_PSEUDONYM_KEY_FILE"] = str(settings.key_file)


def _refuse_other_database(url: str, where: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("postgresql", "postgres") and parts.path.strip("/")
    except ValueError:  # a bracket in a password; its message repeats it
        is_address = False
    if not is_address:
        raise WrongSettings(
            f"{where} holds no address of a PostgreSQL database: "
            "postgresql://USER:PASSWORD@HOST:5432/NAME. In a password write @ as %40, / as %2F, "
            "[ as %5B and % as %25."
        )


def has_display() -> bool:
    """Whether a page can be opened before the person who asked: not over SSH, not on a server."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    is_desktop = sys.platform in ("darwin", "win32")
    return is_desktop or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _dagster_yaml() -> Path:
    return PROJECT / "dagster.yaml"


def code_version() -> str:
    """The package's version and a hash of its sources, pages' templates among them: what made it.

    Two releases of one code version were made by the same code and the same libraries.
    """
    digest = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted([PROJECT / source, *(PROJECT / source).rglob("*")]):
            name = path.relative_to(PROJECT)
            is_made = any(part in MADE or part.startswith(".") for part in name.parts)
            if path.is_file() and not is_made:
                digest.update(name.as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return f"{version('lasp-warehouse')}+{digest.hexdigest()[:12]}"
