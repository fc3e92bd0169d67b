# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview's page, for browsers of this machine alone: it follows by server-sent events.

Other machines cannot reach it. Web pages of other sites that are open in the same browser can send requests to it, but
read no answer, and choose no step: see `_PreviewHandler`.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from ..failures import UsageError
from ..paths import describe_os_error
from .preview import Preview, View

ADDRESS = "127.0.0.1"

LOCAL_NAMES = (ADDRESS, "localhost")
"""Names of this machine. A request for another one comes from a page whose name was bound to this address afterwards
(DNS rebinding). The port may differ: an SSH tunnel has its own."""

PAGE = Path(__file__).with_name("page.html")

MAX_BODY = 100
"""The longest body of a request, in bytes."""

KEEP_ALIVE = 15.0
"""Seconds after which a page without news gets an empty event, which shows whether it is still there."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; connect-src 'self'; "
    "style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer."""


class PreviewServer(ThreadingHTTPServer):
    """Serves a preview at a port of ADDRESS; 0 takes a free one."""

    daemon_threads = True

    def __init__(self, preview: Preview, port: int = 0):
        self.preview, self.nonce = preview, secrets.token_urlsafe(16)
        self.page = PAGE.read_text(encoding="utf-8").replace("NONCE", self.nonce).encode()
        super().__init__((ADDRESS, port), _PreviewHandler)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{ADDRESS}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors, except that a browser has gone."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def serve(preview: Preview, port: int) -> Iterator[PreviewServer]:
    """Serve a preview while the context lasts. Raises UsageError if the port is taken."""
    try:
        server = PreviewServer(preview, port)
    except OSError as error:
        raise UsageError(
            f"--port: {port} cannot be used: {describe_os_error(error)}. Choose another, or none"
        ) from None
    with server:
        Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _PreviewHandler(BaseHTTPRequestHandler):
    """Answers a request for one of the preview's paths, if its headers tell of this machine's own page."""

    server: PreviewServer
    timeout = 60.0
    server_version, sys_version = "Kernelwalk", ""

    def do_GET(self) -> None:
        """Answer with the page, the picture or the events."""
        path = self.path.partition("?")[0]
        if not self._is_local():
            self._refuse(HTTPStatus.FORBIDDEN)
        elif path == "/":
            self._answer("text/html; charset=utf-8", self.server.page)
        elif path == "/picture.png" and (picture := self.server.preview.get_picture()):
            self._answer("image/png", picture)
        elif path == "/events":
            self._send_events()
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Go to the step in the body, a number."""
        length, origin = self.headers.get("Content-Length", ""), self.headers.get("Origin")
        if not self._is_local() or origin != f"http://{self.headers['Host']}":
            self._refuse(HTTPStatus.FORBIDDEN)
        elif self.path != "/step":
            self._refuse(HTTPStatus.NOT_FOUND)
        elif not length.isdecimal() or int(length) > MAX_BODY or not (body := self.rfile.read(int(length))).isdigit():
            self._refuse(HTTPStatus.BAD_REQUEST)
        else:
            self.server.preview.go_to_step(int(body))
            self._start_answer(HTTPStatus.NO_CONTENT)
            self.end_headers()

    def _is_local(self) -> bool:
        name, _, port = self.headers.get("Host", "").partition(":")
        return name in LOCAL_NAMES and (port == "" or port.isdecimal())

    def _send_events(self) -> None:
        """Send the view, and again whenever it changes, until the browser goes."""
        self._start_answer(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        view = self.server.preview.get_view()
        self._send_view(view)
        while True:
            newer = self.server.preview.wait_for_change(view, KEEP_ALIVE)
            if newer is view:
                self.wfile.write(b":\n\n")
            else:
                self._send_view(newer)
            view = newer

    def _send_view(self, view: View) -> None:
        self.wfile.write(f"data: {json.dumps(asdict(view))}\n\n".encode())

    def _answer(self, content_type: str, body: bytes) -> None:
        self._start_answer(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self._start_answer(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _start_answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value.replace("{nonce}", self.server.nonce))

    def log_message(self, *_: Any) -> None:
        """Log nothing: a request is no news."""
