"""What stands before the UI: it answers its own pages, and of those only whoever holds the token.

Dagster's server asks nobody who they are. A page that the operator opens in the same browser could
start runs through it: by a form, by ``fetch``, by a websocket, by a name that points at 127.0.0.1.
So every request is held against the rules below before Dagster sees it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

HOST = "127.0.0.1"
NAMES = (HOST, "localhost", "[::1]")
"""How a browser on this machine, or at the end of an SSH tunnel, names the server."""
_LOCAL = re.compile(rf"(?:{'|'.join(map(re.escape, NAMES))})(?::\d+)?")
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1rem/1.6 sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem">
<h1>{title}</h1>{body}</body></html>"""
REFUSED = "Refused."
"""All that a page of somebody else learns."""
_NO_COOKIE = """
<p>This warehouse can be changed from its UI, so the UI opens only with the address that
<code>lasp ui --operate</code> gave when it started. It ends in <code>?token=</code> and many
letters.</p>
<p>In the terminal where the command runs, copy the whole address and open it in this browser.
Where there is no terminal, the command named a file that holds the address.</p>
<p>An address of an earlier start no longer works: each start has its own.</p>"""
_OTHER_PORT = """
<p>The UI answers at port {port} only, and this address names another port.</p>
<p>Through an SSH tunnel use the same port at both ends:
<code>ssh -L {port}:127.0.0.1:{port} SERVER</code>, then open http://127.0.0.1:{port}/.</p>"""


class Guard:
    """ASGI middleware; ``token`` is None for the UI that only shows and is open to all here.

    Refused: another Host (a name that points here), a change or websocket of another origin, what
    another page embeds, a POST that a form could send, a query by GET, and with a token whoever
    lacks the cookie for which ``/?token=`` is exchanged. The cookie's name holds the port, because
    browsers share cookies between the ports of one host; its value is new at each start.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str | None = None) -> None:
        """Guard ``app``, which is served at ``port``."""
        self.app, self._port, self._token = app, port, token
        self._hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())
        self._cookie, self._session = f"lasp_ui_{port}", secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or let Dagster answer and say to the browser who may show the page."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        is_websocket = scope["type"] == "websocket"
        refusal = next(self._refusals(scope, Headers(scope=scope), is_websocket), None)
        if is_websocket:
            answer = WebSocketClose(1008) if refusal else self.app
            return await answer(scope, receive, send)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    # A second policy narrows the first, it does not replace it.
                    add = (
                        headers.append if name == "Content-Security-Policy" else headers.setdefault
                    )
                    add(name, value)
            await send(message)

        await (refusal or self.app)(scope, receive, send_guarded)

    def _refusals(self, scope: Scope, headers: Headers, is_websocket: bool) -> Iterator[Response]:
        """Give an answer for each rule that the request breaks, or for the token it brings."""
        method = "" if is_websocket else scope["method"]
        is_reading = method in ("GET", "HEAD")
        if (host := _only(headers, "host")) not in self._hosts:
            is_tunnel = is_reading and _LOCAL.fullmatch(host or "")
            is_person = is_tunnel and not _is_foreign(headers, f"http://{host}")
            yield self._other_port() if is_person else _refused()
        own = f"http://{host}"
        if is_reading and _is_foreign(headers, own) and not _is_opened(headers):
            yield _refused()
        if not is_reading and not _is_own(headers, own):
            yield _refused()
        if not is_reading and not is_websocket and method != "POST":
            yield _refused()
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and media_type != "application/json":
            yield _refused("Only application/json is taken.")
        if is_reading and scope["path"].rstrip("/") == "/graphql" and scope["query_string"]:
            yield _refused("A query is sent by POST, as application/json.")
        if self._token is not None:
            if method == "GET" and scope["path"] == "/" and self._brings_token(scope):
                yield self._admission()
            if not self._is_admitted(headers):
                yield page_of("Open the UI with its own address", _NO_COOKIE)

    def _other_port(self) -> Response:
        body = _OTHER_PORT.format(port=self._port)
        return page_of("This is not the address of the UI", body)

    def _brings_token(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and _is_same(given[0], self._token)

    def _is_admitted(self, headers: Headers) -> bool:
        given = SimpleCookie()
        try:
            given.load("; ".join(headers.getlist("cookie")))
        except CookieError:
            return False
        return self._cookie in given and _is_same(given[self._cookie].value, self._session)

    def _admission(self) -> Response:
        """Exchange the token for the cookie; the address in the browser's history lacks it."""
        answer = RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict", path="/")
        return answer


def _only(headers: Headers, name: str) -> str | None:
    """Give a header that is sent exactly once."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None


def _is_own(headers: Headers, own: str) -> bool:
    """Whether the browser says, in each way it does say it, that a page of ours asks."""
    origin, site = headers.getlist("origin"), headers.getlist("sec-fetch-site")
    is_said = bool(origin or site)
    return is_said and set(origin) <= {own} and set(site) <= {"same-origin"}


def _is_foreign(headers: Headers, own: str) -> bool:
    """Whether the browser says that another page asks."""
    origin, site = headers.getlist("origin"), headers.getlist("sec-fetch-site")
    return not (set(origin) <= {own} and set(site) <= {"same-origin", "none"})


def _is_opened(headers: Headers) -> bool:
    """Whether a link was followed: the page opens for the reader, and the other sees none of it."""
    kind = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return kind == ("navigate", "document")


def _is_same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _refused(words: str = "") -> Response:
    return PlainTextResponse(f"{REFUSED} {words}".strip(), status_code=403)


def page_of(title: str, body: str, status: int = 403) -> Response:
    """Say something in words: a title and HTML below it."""
    page = _PAGE.format(title=escape(title), body=body)
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
