"""A listening socket, and a thread for each connection to it: what the tests' own servers begin with."""

import socket
import threading


class Accepting:
    """Calls `_serve(client)` for each connection, on a thread of its own, from _listen() until it is left."""

    def _listen(self, listener=None):
        """On a free port of 127.0.0.1, which it returns, or by a listener that is made already."""
        self._listener = listener or socket.create_server(("127.0.0.1", 0), backlog=512)
        threading.Thread(target=self._accept, daemon=True).start()
        name = self._listener.getsockname()
        return name[1] if isinstance(name, tuple) else None

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()
