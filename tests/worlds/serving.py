"""A web application served on a free port of this machine, and asked as a browser would."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from orchestration.ui.server import _listening


@contextmanager
def served(app_of: Callable[[int], ASGIApp]) -> Iterator[int]:
    """Serve what ``app_of`` makes for a port; gives the port."""
    with _listening(0) as (listener, port):
        config = uvicorn.Config(app_of(port), access_log=False, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()


def ask(port, method="GET", path="/", host="127.0.0.1:{port}", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for value in [host] if isinstance(host, str) else host:
        connection.putheader("Host", value.format(port=port))
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value.format(port=port))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body
