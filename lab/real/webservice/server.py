"""The demo web service: answers each request with the name of its swarm task, after burning a set amount of CPU.

Runs in the lab's containers with Debian's python3 and the standard library alone. Settings come from the environment:

- `PORT`: where it listens (8000).
- `COST_MS`: CPU time each request burns, measured by the clock of the thread that serves it (0).
- `LINGER_S`: how long it goes on serving after SIGTERM, while the proxy may still send requests (3).
- `TASK_NAME`, `NODE_NAME`: who it says it is; Swarm fills them in.

Every path burns and answers 200; `?sleep=SECONDS` holds the request without CPU, `?cost=MILLISECONDS` asks for another
price.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT = int(os.environ.get("PORT", "8000"))
COST_MS = float(os.environ.get("COST_MS", "0"))
LINGER_S = float(os.environ.get("LINGER_S", "3"))
TASK_NAME = os.environ.get("TASK_NAME", "")
NODE_NAME = os.environ.get("NODE_NAME", "")
LONGEST_SLEEP_S = 60.0
HIGHEST_COST_MS = 10_000.0

told_to_stop = threading.Event()


class Server(ThreadingHTTPServer):
    """A thread per connection; closing waits for those that are being served."""

    daemon_threads = False
    block_on_close = True
    # A burst of new connections waits here rather than being refused.
    request_queue_size = 512
    # A client that went away while `finish` looked is not waited for.
    timeout = 0

    def finish(self) -> None:
        """Serve the connections that still wait to be accepted, which closing would cut, and those being served."""
        while select.select([self], [], [], 0)[0]:
            self.handle_request()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request per connection (HTTP/1.0), so that no idle connection is cut when the task stops."""

    def do_GET(self) -> None:
        """Pay the price and answer."""
        wanted = parse_qs(urlsplit(self.path).query)
        started = time.thread_time()
        burn(number(wanted, "cost", default=COST_MS, highest=HIGHEST_COST_MS) / 1000)
        time.sleep(number(wanted, "sleep", default=0.0, highest=LONGEST_SLEEP_S))
        burned_ms = round((time.thread_time() - started) * 1000, 3)
        body = json.dumps({"task": TASK_NAME, "node": NODE_NAME, "cpu_ms": burned_ms}).encode() + b"\n"
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Swarm-Task", TASK_NAME)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name for it
        """Write nothing: a line per request would cost more than a cheap request."""


def number(wanted: dict[str, list[str]], name: str, *, default: float, highest: float) -> float:
    """The number given in the query, or `default` where there is none that can be used."""
    try:
        value = float(wanted[name][0])
    except (KeyError, ValueError):
        return default
    return value if 0 <= value <= highest else default


def burn(cpu_s: float) -> None:
    """Use up that much CPU time of the calling thread."""
    end = time.thread_time() + cpu_s
    while time.thread_time() < end:
        sum(range(200))


def stop_when_told(server: Server) -> None:
    """Go on serving for a while after SIGTERM, then stop accepting; `main` finishes what is in flight."""
    told_to_stop.wait()
    time.sleep(LINGER_S)
    server.shutdown()


def main() -> None:
    """Serve until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    server = Server(("", PORT), Handler)
    threading.Thread(target=stop_when_told, args=(server,), daemon=True).start()
    server.serve_forever(poll_interval=0.1)
    server.finish()


if __name__ == "__main__":
    main()
