"""Serves a site on this machine: for the recorder, and for a person with a browser:

python -m environments.mind2web.sites.server KIND SPLIT
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from environments.mind2web.sites.generated_site import Site
from environments.mind2web.sites.pages import page


@contextmanager
def served(shown: Site) -> Iterator[str]:
    """The address where the site is meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = page(shown, self.path)
            self.send_response(404 if html is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((html or "<h1>No such page</h1>").encode())

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
