# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview's page answers this machine's browsers, and nobody else."""

from __future__ import annotations

import http.client
import json

import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.preview.preview import Preview
from kernelwalk_pipeline.preview.server import serve
from kernelwalk_pipeline.source import read_spec

from ..patience import PATIENCE


@pytest.fixture
def preview():
    preview = Preview(lambda: read_spec("dilation"))
    preview.reload()
    return preview


@pytest.fixture
def server(preview):
    with serve(preview, 0) as server:
        yield server


@pytest.fixture
def ask(server):
    """A function that sends a request and returns the status, the headers and the body of the answer."""

    def send(method, path, body=None, **headers):
        connection = http.client.HTTPConnection(*server.server_address, timeout=PATIENCE)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    return send


@pytest.fixture
def events(server):
    """A function that opens a stream of events and returns a function that returns its next view."""
    connections = []

    def follow():
        connection = http.client.HTTPConnection(*server.server_address, timeout=PATIENCE)
        connections.append(connection)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        def next_view():
            line = b""
            while not line.startswith(b"data: "):
                line = answer.readline()
                assert line, "the stream has ended"
            return json.loads(line[6:])

        return next_view

    yield follow
    for connection in connections:
        connection.close()


def test_the_page_needs_nothing_from_elsewhere(ask):
    status, headers, body = ask("GET", "/")
    page = body.decode()
    assert status == 200 and "http" not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    nonce = headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    assert page.count(f'nonce="{nonce}"') == 2 and len(nonce) > 16


def test_the_picture_is_the_last_one(ask, preview):
    assert ask("GET", "/picture.png")[0] == 404, "there is none yet"
    preview.add_picture(preview.take_request(), 1, b"a picture")
    status, headers, body = ask("GET", "/picture.png?1")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "image/png", "no-store")
    assert body == b"a picture"


def test_all_pages_follow_the_step_that_one_of_them_chooses(ask, events, server):
    pages = [events(), events()]
    first = [page() for page in pages]
    assert first[0] == first[1] and first[0]["steps"] == 9
    assert ask("POST", "/step", "2", Origin=server.url[:-1])[0] == 204
    for page in pages:
        view = page()
        assert view["step"] == 2
        assert view["sentence"].startswith("output (0, 2) ← ")


def test_a_page_without_news_is_asked_whether_it_is_there(events, preview, monkeypatch):
    monkeypatch.setattr("kernelwalk_pipeline.preview.server.KEEP_ALIVE", 0.001)
    page = events()
    page()
    preview.go_to_step(0)
    assert page()["step"] == 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1]:80", ""])
@pytest.mark.parametrize("path", ["/", "/events", "/picture.png"])
def test_a_request_under_another_name_is_refused(ask, host, path):
    status, _, body = ask("GET", path, Host=host)
    assert (status, body) == (403, b"")


def test_a_tunnel_may_have_a_port_of_its_own(ask):
    assert ask("GET", "/", Host="localhost:9")[0] == 200
    assert ask("POST", "/step", "1", Host="localhost:9", Origin="http://localhost:9")[0] == 204


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str)
def test_other_sites_choose_no_step(ask, preview, headers):
    step = preview.get_view().step
    assert ask("POST", "/step", "0", **headers)[0] == 403
    assert preview.get_view().step == step


@pytest.mark.parametrize("body", ["", "-1", "1.5", "x", "1" * 101, "{}"])
def test_what_is_no_step_is_refused(ask, server, preview, body):
    step = preview.get_view().step
    assert ask("POST", "/step", body, Origin=server.url[:-1])[0] == 400
    assert preview.get_view().step == step


@pytest.mark.parametrize("path", ["/page.html", "/../server.py", "//etc/passwd", "/picture.png/", "/step"])
def test_no_other_path_is_served(ask, path):
    assert ask("GET", path)[0] == 404


def test_a_port_that_is_taken_is_an_error_of_usage(server, preview):
    port = server.server_address[1]
    with pytest.raises(UsageError, match=f"--port: {port} cannot be used"), serve(preview, port):
        pass


def test_errors_are_reported_but_not_that_a_browser_has_gone(server, capsys):
    for error in (BrokenPipeError(), ValueError("a fault")):
        try:
            raise error
        except (OSError, ValueError):
            server.handle_error(None, ("127.0.0.1", 1))
    reported = capsys.readouterr().err
    assert "a fault" in reported and "BrokenPipeError" not in reported
