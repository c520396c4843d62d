"""A simulator that serves while a test talks to it."""

import threading
from contextlib import contextmanager


@contextmanager
def serving(server):
    threading.Thread(target=server.serve_forever, args=(.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
