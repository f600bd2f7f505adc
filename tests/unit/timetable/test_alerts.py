"""Alerts are kept once, sent once, and sent later when the far end fails: over real servers."""

import json
import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from orchestration.settings import Channels, Mail, WrongSettings, channels
from orchestration.timetable import alerts
from orchestration.timetable.alerts import Alert, keep, key_of, outstanding, send_due
from tests.worlds.certificate import certificate

NOW = datetime(2025, 6, 10, 7, tzinfo=UTC)
REFUSED = Alert(
    key="refused-2025-05", what="2025-05 was refused: nothing was released", month="2025-05",
    why="Feed ccis has no usable delivery.", to_do="Ask its sender for it.",
    where="the run in the Dagster UI", at=NOW.isoformat(),
)  # fmt: skip


class Webhook:
    """A local server that keeps what is posted and answers as told."""

    def __init__(self):
        self.posted, self.answers = [], []
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.posted.append((self.headers["Idempotency-Key"], json.loads(data)))
                self.send_response(webhook.answers.pop(0) if webhook.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def webhook():
    webhook = Webhook()
    yield webhook
    webhook.server.shutdown()
    webhook.server.server_close()


class Mails:
    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def passes(server, session, envelope, mechanism, auth):
    return AuthResult(success=auth.password == b"a secret")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def mail_server(tmp_path, monkeypatch):
    """Start a server on this machine, with STARTTLS or without; gives settings and mails."""
    running = []

    def start(*, encrypts: bool, asks: bool = False):
        mails, port, more = Mails(), free_port(), {}
        if encrypts:
            made = certificate(tmp_path)
            monkeypatch.setenv("SSL_CERT_FILE", str(made))
            more["tls_context"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            more["tls_context"].load_cert_chain(made)
        if asks:
            more |= {"authenticator": passes, "auth_required": True, "auth_require_tls": encrypts}
        server = Controller(mails, hostname="127.0.0.1", port=port, **more)
        server.start()
        running.append(server)
        mail = Mail("127.0.0.1", port, "lasp@wirral.example", ("data@wirral.example",))
        return replace(mail, user="lasp", password="a secret") if asks else mail, mails.taken

    yield start
    for server in running:
        server.stop()


def test_an_alert_is_kept_once_and_sent_once(tmp_path, webhook):
    assert keep(tmp_path, REFUSED) and not keep(tmp_path, REFUSED)
    for minutes in range(3):
        send_due(tmp_path, Channels(webhook.url), NOW + timedelta(minutes=minutes))
    ((key, posted),) = webhook.posted
    assert key == posted["key"] == REFUSED.key
    assert (posted["month"], posted["why"], posted["to_do"]) == (
        "2025-05",
        REFUSED.why,
        REFUSED.to_do,
    )
    assert REFUSED.why in posted["text"] and REFUSED.to_do in posted["text"]
    assert not keep(tmp_path, REFUSED)
    assert outstanding(tmp_path, NOW) == []


@pytest.mark.parametrize("answer", [500, 404, 302, 429])
def test_what_the_far_end_does_not_take_is_sent_later(tmp_path, webhook, answer):
    webhook.answers = [answer]
    keep(tmp_path, REFUSED)
    (line,) = send_due(tmp_path, Channels(webhook.url), NOW)
    assert str(answer) in line and "secret-token" not in line
    assert send_due(tmp_path, Channels(webhook.url), NOW + timedelta(seconds=59)) == []
    (one,) = outstanding(tmp_path, NOW)
    assert (one.failures, str(answer) in one.trouble) == (1, True)
    (line,) = send_due(tmp_path, Channels(webhook.url), NOW + timedelta(seconds=60))
    assert line.endswith("sent by webhook") and len(webhook.posted) == 2
    assert outstanding(tmp_path, NOW) == []


def test_the_pause_after_failures_grows_to_an_hour_and_no_further(tmp_path):
    keep(tmp_path, REFUSED)
    closed, now, pauses = Channels(f"http://127.0.0.1:{free_port()}/x"), NOW, []
    for _ in range(8):
        send_due(tmp_path, closed, now)
        (one,) = outstanding(tmp_path, NOW)
        later = datetime.fromisoformat(one.next_attempt)
        pauses.append((later - now).total_seconds() / 60)
        now = later
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_channel_that_took_the_alert_does_not_get_it_again_for_another_that_failed(
    tmp_path, webhook
):
    mail = Mail("127.0.0.1", free_port(), "a@b.example", ("c@d.example",))
    keep(tmp_path, REFUSED)
    for hours in range(3):
        send_due(tmp_path, Channels(webhook.url, mail), NOW + timedelta(hours=hours))
    assert len(webhook.posted) == 1


def test_an_alert_is_outstanding_until_every_channel_that_is_set_has_taken_it(tmp_path, webhook):
    mail = Mail("127.0.0.1", free_port(), "a@b.example", ("c@d.example",))
    keep(tmp_path, REFUSED)
    send_due(tmp_path, Channels(webhook.url, mail), NOW)
    (one,) = outstanding(tmp_path, NOW)
    assert list(one.sent) == ["webhook"] and one.trouble.startswith("e-mail: the mail server")
    later = NOW + timedelta(hours=1)
    send_due(tmp_path, Channels(webhook.url), later)  # the e-mail was given up
    assert outstanding(tmp_path, later) == []


def test_a_clock_that_was_ahead_delays_no_alert(tmp_path, webhook):
    keep(tmp_path, REFUSED)
    send_due(tmp_path, Channels(f"http://127.0.0.1:{free_port()}/x"), NOW + timedelta(days=9))
    send_due(tmp_path, Channels(webhook.url), NOW)
    assert [key for key, _ in webhook.posted] == [REFUSED.key]


def test_a_machine_that_dies_before_the_mark_sends_again_under_the_same_key(
    tmp_path, webhook, monkeypatch
):
    keep(tmp_path, REFUSED)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(alerts, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        send_due(tmp_path, Channels(webhook.url), NOW)
    send_due(tmp_path, Channels(webhook.url), NOW)
    assert [key for key, _ in webhook.posted] == [REFUSED.key, REFUSED.key]


def test_without_a_channel_alerts_are_kept_and_listed_until_they_are_no_news(tmp_path):
    keep(tmp_path, REFUSED)
    keep(tmp_path, replace(REFUSED, key="later", at=(NOW + timedelta(days=1)).isoformat()))
    assert send_due(tmp_path, Channels(), NOW) == []
    assert [one.key for one in outstanding(tmp_path, NOW)] == ["later", REFUSED.key]
    assert outstanding(tmp_path, NOW + timedelta(days=40)) == []


def test_old_alerts_are_not_sent_when_a_channel_is_set_up(tmp_path, webhook):
    keep(tmp_path, REFUSED)
    send_due(tmp_path, Channels(webhook.url), NOW + timedelta(days=40))
    assert webhook.posted == []


@pytest.mark.parametrize(("encrypts", "asks"), [(False, False), (True, False), (True, True)])
def test_an_alert_is_mailed_encrypted_where_the_server_offers_it(
    tmp_path, mail_server, encrypts, asks
):
    mail, taken = mail_server(encrypts=encrypts, asks=asks)
    keep(tmp_path, REFUSED)
    for minutes in range(3):
        send_due(tmp_path, Channels(mail=mail), NOW + timedelta(minutes=minutes))
    ((recipients, text),) = taken
    assert recipients == ["data@wirral.example"]
    assert "Subject: LASP warehouse: 2025-05 was refused" in text and REFUSED.why in text
    assert f"<{REFUSED.key}@" in text
    assert outstanding(tmp_path, NOW) == []


def test_a_password_is_never_sent_in_the_clear(tmp_path, mail_server):
    mail, taken = mail_server(encrypts=False, asks=True)
    keep(tmp_path, REFUSED)
    (line,) = send_due(tmp_path, Channels(mail=mail), NOW)
    assert "not sent in the clear" in line and taken == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, mail_server, monkeypatch):
    mail, taken = mail_server(encrypts=True)
    monkeypatch.delenv("SSL_CERT_FILE")
    keep(tmp_path, REFUSED)
    (line,) = send_due(tmp_path, Channels(mail=mail), NOW)
    assert "SSLCertVerificationError" in line and taken == []


def test_a_wrong_password_is_said_without_the_password(tmp_path, mail_server, monkeypatch):
    monkeypatch.setattr(alerts, "_TIMEOUT_SECONDS", 1.0)  # this server says nothing more at all
    mail, _ = mail_server(encrypts=True, asks=True)
    keep(tmp_path, REFUSED)
    (line,) = send_due(tmp_path, Channels(mail=replace(mail, password="wrong")), NOW)
    assert "did not take LASP_SMTP_USER" in line and "wrong" not in line


def test_keys_are_file_names(tmp_path):
    assert key_of("failed", "2025-05 final ab/../c") == "failed-2025-05-final-ab----c"
    assert len(key_of("x" * 500)) == 32


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"key": "x"}', b"\xff"])
def test_a_foreign_file_in_the_outbox_is_named_and_stops_no_alert(tmp_path, webhook, data):
    keep(tmp_path, REFUSED)
    (tmp_path / "alerts" / "x.json").write_bytes(data)
    damaged, one = outstanding(tmp_path, NOW)
    assert damaged.what.startswith("alerts/x.json is not an alert") and one == REFUSED
    lines = send_due(tmp_path, Channels(webhook.url), NOW)
    assert lines == [damaged.what, f"{REFUSED.key} sent by webhook"]


def test_an_alert_whose_file_is_damaged_is_kept_anew(tmp_path):
    keep(tmp_path, REFUSED)
    (tmp_path / "alerts" / f"{REFUSED.key}.json").write_text("{")
    assert keep(tmp_path, REFUSED) and outstanding(tmp_path, NOW) == [REFUSED]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"LASP_ALERT_WEBHOOK_FILE": "http://hooks.example/token"}, "https://"),
        ({"LASP_ALERT_WEBHOOK_FILE": ""}, "empty"),
        ({"LASP_ALERT_EMAIL": "a@b.example"}, "LASP_SMTP_HOST"),
        ({"LASP_ALERT_EMAIL": "nobody", "LASP_SMTP_HOST": "x"}, "no e-mail address"),
        ({"LASP_ALERT_EMAIL": "a@b.c", "LASP_SMTP_HOST": "x", "LASP_SMTP_PORT": "y"}, "whole"),
        ({"LASP_ALERT_EMAIL": "a@b.c", "LASP_SMTP_HOST": "x", "LASP_SMTP_USER": "u"}, "together"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(tmp_path, monkeypatch, environment, words):
    for name, value in environment.items():
        if name.endswith("_FILE"):
            (tmp_path / name).write_text(value)
            value = str(tmp_path / name)
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings, match=words) as refused:
        channels()
    assert "token" not in str(refused.value)


def test_a_file_of_a_secret_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LASP_ALERT_WEBHOOK_FILE", str(tmp_path / "none"))
    with pytest.raises(WrongSettings, match=r"LASP_ALERT_WEBHOOK_FILE is .*none"):
        channels()


def test_settings_are_read_without_showing_secrets(tmp_path, monkeypatch):
    (tmp_path / "hook").write_text("https://hooks.example/token\n")
    (tmp_path / "word").write_text("a secret\n")
    monkeypatch.setenv("LASP_ALERT_WEBHOOK_FILE", str(tmp_path / "hook"))
    monkeypatch.setenv("LASP_ALERT_EMAIL", "a@b.example, c@d.example")
    monkeypatch.setenv("LASP_SMTP_HOST", "mail.example")
    monkeypatch.setenv("LASP_SMTP_USER", "lasp")
    monkeypatch.setenv("LASP_SMTP_PASSWORD_FILE", str(tmp_path / "word"))
    found = channels()
    assert found.webhook == "https://hooks.example/token"
    assert found.mail == Mail(
        "mail.example", 587, "a@b.example", ("a@b.example", "c@d.example"), "lasp", "a secret"
    )
    assert "token" not in repr(found) and "a secret" not in repr(found)
