"""What somebody must hear of, kept in an outbox until it is sent by webhook or e-mail.

An alert is a file ``alerts/<key>.json`` in the data folder. Its key says what happened, so the same
thing is kept once and sent once a channel. It is marked as sent after the far end has taken it: a
machine that dies between the two sends it again, under the same key (HTTP header
``Idempotency-Key``, ``Message-ID`` of the mail), by which the far end can tell the repetition.

No alert holds a person's cell: its words are those of refusals, months, feeds and senders.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from ingest.refusals import InWords
from ingest.store.durable import write_whole
from orchestration.own_words import own_words
from orchestration.settings import Channels, Mail

NEWS_FOR = timedelta(days=31)
"""How long an alert is sent and listed: until the next month's files are due."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""After a failure the pause doubles, from a minute to an hour."""
_TIMEOUT_SECONDS = 20.0
_DOMAIN = "lasp-warehouse.invalid"
"""Right-hand side of message ids: a name that nobody can own (RFC 2606)."""


class NotSent(InWords):
    """The far end did not take an alert; the words hold neither address nor password."""


@dataclass(frozen=True)
class Alert:
    """One thing that happened; times are UTC, as ISO text."""

    key: str
    """What happened, as a file name."""
    what: str
    """One sentence; the subject of a mail."""
    month: str
    """The month that it concerns, YYYY-MM; empty where several."""
    why: str
    to_do: str
    where: str
    """Where to look for more."""
    at: str
    sent: Mapping[str, str] = field(default_factory=dict)
    """By channel when it was sent."""
    failures: int = 0
    """Attempts that failed, all channels together."""
    next_attempt: str = ""
    trouble: str = ""
    """Which channels have not taken it, and why; empty when none has failed."""

    @property
    def text(self) -> str:
        """The whole alert, a line a part."""
        lines = [self.what, "", f"Why: {self.why}", f"What to do: {self.to_do}"]
        return "\n".join([*lines, f"Where to look: {self.where}", f"When: {self.at}"])


def key_of(*parts: str) -> str:
    """A key from what happened; what is no part of a file name becomes a dash."""
    text = "-".join(parts)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)
    return plain if len(plain) <= 80 else hashlib.sha256(text.encode()).hexdigest()[:32]


def keep(home: Path, alert: Alert) -> bool:
    """Put an alert into the outbox unless it is there, whole; gives whether it is new."""
    if _read(_path(home, alert.key)):
        return False
    _write(home, alert)
    return True


@contextmanager
def alerting(home: Path, look: str, now: datetime) -> Iterator[None]:
    """Let somebody hear of a look of the daemon that fails, once a day; the error goes on.

    ``look`` names it, such as `deliveries`. Put it in the place of ``in_own_words``: what is raised
    is in our own words.
    """
    try:
        with own_words():
            yield
    except InWords as error:
        alert = Alert(
            key=key_of("look", look, now.date().isoformat()),
            what=f"The daemon cannot look after the warehouse: {look}",
            month="",
            why=str(error),
            to_do="Correct what is described there. Until then this part does nothing; "
            "afterwards the daemon goes on by itself.",
            where=f"{look}, under Automation in the Dagster UI (`lasp ui`)",
            at=now.isoformat(timespec="seconds"),
        )
        with own_words():
            keep(home, alert)
        raise


def outstanding(home: Path, now: datetime) -> list[Alert]:
    """The alerts of the last month that a channel has not taken, the newest first.

    ``trouble`` says which and why. Without any channel all of them stay here: this is where they
    are read. A file that is no alert comes first, as what is wrong with the outbox itself.
    """
    damaged = [_of_damage(path, now) for path in _files(home) if _read(path) is None]
    return damaged + [one for one in _recent(home, now) if not one.sent or one.trouble]


def send_due(home: Path, channels: Channels, now: datetime) -> list[str]:
    """Send what is due over each channel that is set; gives a line for each attempt."""
    senders: dict[str, Callable[[Alert], None]] = {}
    if channels.webhook:
        senders["webhook"] = lambda alert: _post(channels.webhook, alert)
    if channels.mail:
        senders["e-mail"] = lambda alert: _mail(channels.mail, alert)
    lines = [_of_damage(path, now).what for path in _files(home) if _read(path) is None]
    for alert in reversed(_recent(home, now)):
        # Further ahead than the longest pause: the clock was ahead when that was written.
        if not now.isoformat() < alert.next_attempt <= (now + _LONGEST_PAUSE).isoformat():
            lines += _send(home, alert, senders, now)
    return lines


def _send(
    home: Path, alert: Alert, senders: Mapping[str, Callable[[Alert], None]], now: datetime
) -> list[str]:
    """Try each channel that has not taken the alert; what one has taken is noted at once."""
    lines, troubles = [], []
    for channel, sender in senders.items():
        if channel in alert.sent:
            continue
        try:
            sender(alert)
        except NotSent as trouble:
            troubles.append(f"{channel}: {trouble}")
            continue
        alert = replace(alert, sent={**alert.sent, channel: now.isoformat()})
        _write(home, alert)
        lines.append(f"{alert.key} sent by {channel}")
    if troubles:
        pause = min(_FIRST_PAUSE * 2 ** min(alert.failures, 6), _LONGEST_PAUSE)
        words = "; ".join(troubles)
        later = (now + pause).isoformat()
        _write(home, replace(
            alert, failures=alert.failures + 1, next_attempt=later, trouble=words
        ))  # fmt: skip
        lines.append(f"{alert.key} not sent, again at {later}: {words}")
    elif alert.trouble and senders:
        _write(home, replace(alert, trouble=""))
    return lines


def _post(url: str, alert: Alert) -> None:
    """One JSON object by POST; ``text`` is what chat programs show."""
    facts = ("key", "what", "month", "why", "to_do", "where", "at")
    body = {name: getattr(alert, name) for name in facts} | {"text": alert.text}
    headers = {"Content-Type": "application/json", "Idempotency-Key": alert.key}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS):
            pass
    except urllib.error.HTTPError as error:
        raise NotSent(f"the webhook answered {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"the webhook cannot be reached ({_kind(error)})") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A POST that is sent elsewhere becomes a GET on the way: it is a failure."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""
        return None


def _mail(mail: Mail, alert: Alert) -> None:
    """One mail; encrypted where the server offers it, with a password only then."""
    message = EmailMessage()
    message["Subject"] = f"LASP warehouse: {alert.what}"
    message["From"], message["To"] = mail.sender, ", ".join(mail.recipients)
    message["Message-ID"] = f"<{alert.key}@{_DOMAIN}>"
    message["Date"] = datetime.fromisoformat(alert.at)
    message.set_content(alert.text)
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_SECONDS) as server:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            elif mail.user:
                raise NotSent(
                    "the mail server offers no encryption (STARTTLS), and a password is not sent "
                    "in the clear; use a server that does, or one that asks for no password"
                )
            if mail.user:
                _log_in(server, mail)
            if server.send_message(message):
                raise NotSent("the mail server did not take every recipient")
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"the mail server refused or cannot be reached ({_kind(error)})") from None


def _log_in(server: smtplib.SMTP, mail: Mail) -> None:
    try:
        server.login(mail.user, mail.password)
    except smtplib.SMTPException:  # some servers hang up on a wrong password
        raise NotSent(
            "the mail server did not take LASP_SMTP_USER with the password of "
            "LASP_SMTP_PASSWORD_FILE"
        ) from None


def _kind(error: BaseException) -> str:
    """The kind of an error: its message may repeat the address, which is a secret of webhooks."""
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, BaseException) else error).__name__


def _recent(home: Path, now: datetime) -> list[Alert]:
    oldest = (now - NEWS_FOR).isoformat()
    found = [alert for path in _files(home) if (alert := _read(path)) and alert.at >= oldest]
    return sorted(found, key=lambda a: (a.at, a.key), reverse=True)


def _files(home: Path) -> list[Path]:
    return sorted((home / "alerts").glob("*.json"))


def _read(path: Path) -> Alert | None:
    """The alert of a file; None where there is none or it cannot be read."""
    try:
        alert = Alert(**json.loads(path.read_text("utf-8")))
        texts = (alert.key, alert.what, alert.at, alert.next_attempt, alert.trouble)
        is_sound = all(isinstance(text, str) for text in texts) and isinstance(alert.sent, dict)
        return alert if is_sound and datetime.fromisoformat(alert.at) else None
    except (OSError, ValueError, TypeError):
        return None


def _of_damage(path: Path, now: datetime) -> Alert:
    """What is wrong with the outbox; not sent, because nothing says that it is news."""
    return Alert(
        key=path.stem,
        what=f"alerts/{path.name} is not an alert of the warehouse, or cannot be read",
        month="",
        why="The file is damaged, or another program has put it there.",
        to_do="Remove it: what is still wrong is alerted again when it happens again.",
        where=str(path),
        at=now.isoformat(timespec="seconds"),
    )


def _write(home: Path, alert: Alert) -> None:
    data = json.dumps(asdict(alert), indent=1, sort_keys=True, ensure_ascii=False)
    write_whole(_path(home, alert.key), f"{data}\n".encode())


def _path(home: Path, key: str) -> Path:
    return home / "alerts" / f"{key}.json"
