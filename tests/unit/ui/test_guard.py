"""The guard before the UI, asked over real connections; behind it stands a server that says yes."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from orchestration.ui.guard import Guard
from orchestration.ui.server import PortTaken, _listening
from tests.worlds import serving
from tests.worlds.serving import ask

TOKEN = "t" * 43
JSON = {"Content-Type": "application/json"}


async def yes(scope, receive, send):
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.send_text("yes")
        return await socket.close()
    answer = PlainTextResponse("yes", headers={"Content-Security-Policy": "script-src 'self'"})
    return await answer(scope, receive, send)


def served(token):
    return serving.served(lambda port: Guard(yes, port=port, token=token))


@pytest.fixture(scope="module")
def shown():
    """The port of a UI that only shows."""
    with served(None) as port:
        yield port


@pytest.fixture(scope="module")
def operated():
    """The port of a UI that changes things."""
    with served(TOKEN) as port:
        yield port


def is_let_through(asked):
    answer, body = asked
    return answer.status == 200 and body in ("yes", "")


def cookie_of(port, token=TOKEN):
    answer, _ = ask(port, path=f"/?token={token}")
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


OWN = {"Origin": "http://127.0.0.1:{port}"}
POST = {"method": "POST", "path": "/graphql", "Content_Type": "application/json"}


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}"])
def test_the_ui_answers_to_the_names_of_this_machine(shown, host):
    assert is_let_through(ask(shown, host=host))
    own = {"Origin": f"http://{host}"}
    assert is_let_through(ask(shown, host=host, **POST, **own))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",  # a name that was made to point at 127.0.0.1
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "0.0.0.0:{port}",
        "",
        ["127.0.0.1:{port}", "evil.example"],
    ],
)
def test_another_host_is_refused(shown, host):
    answer, body = ask(shown, host=host)
    assert answer.status in (400, 403)
    assert "yes" not in body


def test_a_tunnel_from_another_port_is_told_how_to_open_one(shown):
    answer, body = ask(shown, host="localhost:1")
    assert answer.status == 403
    assert f"ssh -L {shown}:127.0.0.1:{shown}" in body
    _, body = ask(shown, host="localhost:1", Origin="http://evil.example")
    assert body == "Refused."


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "http://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "same-origin"},
    ],
)
def test_a_change_from_our_own_page_is_let_through(shown, said):
    assert is_let_through(ask(shown, **POST, **said))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_change_from_elsewhere_is_refused_without_a_reason(shown, said):
    answer, body = ask(shown, **POST, **said)
    assert (answer.status, body) == (403, "Refused.")


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/graphql",
        "",
    ],
)
def test_a_post_that_a_form_could_send_is_refused(shown, media_type):
    asked = ask(shown, **POST | {"Content_Type": media_type}, **OWN)
    assert asked[0].status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(shown, method):
    assert ask(shown, method, "/graphql", **OWN, Content_Type="application/json")[0].status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/%67raphql"])
def test_nothing_is_asked_of_graphql_by_an_address(shown, method, path):
    assert ask(shown, method, f"{path}?query=mutation%7Bx%7D", **OWN)[0].status == 403
    assert is_let_through(ask(shown, method, path, **OWN))


def test_what_another_page_embeds_is_refused_and_a_link_is_followed(shown):
    site = {"Sec_Fetch_Site": "cross-site"}
    assert ask(shown, **site, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image")[0].status == 403
    assert ask(shown, **site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe")[0].status == 403
    followed = ask(shown, **site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
    assert is_let_through(followed)


def test_no_answer_may_be_framed(shown, operated):
    for port in (shown, operated):
        answer, _ = ask(port)
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert "frame-ancestors 'none'" in answer.getheader("Content-Security-Policy")
    assert "script-src 'self'" in ask(shown)[0].getheader("Content-Security-Policy")


def test_without_the_cookie_nothing_is_answered_and_the_page_says_what_to_do(operated):
    answer, body = ask(operated)
    assert answer.status == 403
    assert "lasp ui --operate" in body
    assert ask(operated, **POST, **OWN)[0].status == 403
    assert ask(operated, path="/warehouse/")[0].status == 403


@pytest.mark.parametrize(
    "token", ["", "u" * 43, TOKEN[:-1], f"{TOKEN}t", "%C3%A9", f"{TOKEN}&token=x"]
)
def test_a_wrong_token_gives_no_cookie(operated, token):
    assert cookie_of(operated, token) == ""


def test_the_token_is_exchanged_for_a_cookie_and_an_address_without_it(operated):
    answer, _ = ask(operated, path=f"/?token={TOKEN}")
    assert (answer.status, answer.getheader("Location")) == (303, "/")
    name, *rules = answer.getheader("Set-Cookie").split("; ")
    assert name.startswith(f"lasp_ui_{operated}=")
    assert TOKEN not in name
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(rules)


def test_the_token_is_taken_on_the_first_page_alone(operated):
    assert ask(operated, path=f"//evil.example/?token={TOKEN}")[0].status == 403
    assert ask(operated, "HEAD", f"/?token={TOKEN}")[0].getheader("Set-Cookie") is None


def test_with_the_cookie_the_operator_works(operated):
    cookie = {"Cookie": f"other=1; {cookie_of(operated)}"}
    assert is_let_through(ask(operated, **cookie))
    assert is_let_through(ask(operated, **POST, **OWN, **cookie))
    assert ask(operated, **POST, **cookie, Origin="http://evil.example")[1] == "Refused."


def test_a_cookie_of_another_start_or_port_is_refused(operated):
    with served(TOKEN) as other:
        theirs = cookie_of(other)
        assert is_let_through(ask(other, Cookie=theirs))
    assert ask(operated, Cookie=theirs)[0].status == 403
    ours = theirs.replace(str(other), str(operated))
    assert ask(operated, Cookie=ours)[0].status == 403
    assert ask(operated, Cookie=f"lasp_ui_{operated}={TOKEN}")[0].status == 403


def said_by_websocket(port, origin, **headers):
    try:
        with connect(
            f"ws://127.0.0.1:{port}/graphql", origin=origin, additional_headers=headers
        ) as socket:
            return socket.recv()
    except InvalidStatus as error:
        return error.response.status_code


def test_a_websocket_opens_from_our_own_page_alone(shown, operated):
    assert said_by_websocket(shown, f"http://127.0.0.1:{shown}") == "yes"
    for origin in (None, "null", "http://evil.example", "http://127.0.0.1:1"):
        assert said_by_websocket(shown, origin) == 403
    own = f"http://127.0.0.1:{operated}"
    assert said_by_websocket(operated, own) == 403
    assert said_by_websocket(operated, own, Cookie=cookie_of(operated)) == "yes"


def test_the_ui_listens_on_this_machine_alone_and_says_when_the_port_is_taken():
    with _listening(0) as (listener, port):
        assert listener.getsockname()[0] == "127.0.0.1"
        with pytest.raises(PortTaken, match=f"--port {port + 1}"), _listening(port):
            pass
