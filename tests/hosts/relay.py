"""What stands between a host and its database, and can be cut: nothing passes any more, and nobody is told.

What was on its way when it was cut goes on when it is mended, as it does on a network: also what a host had said that has lost its lease since.
"""

import socket
import threading


class Relay:
    """Passes connections on to a port of this machine, which may become another one."""

    def __init__(self, port):
        self.target = port
        self.passes = threading.Event()
        self.passes.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock, self.open = threading.Lock(), set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.passes.clear()

    def mend(self):
        self.passes.set()

    def lead_to(self, port):
        """Leads to another server from now on, and ends what led to the one before."""
        self.target = port
        with self.lock:
            for one in list(self.open):
                end(one)
        self.passes.set()

    def close(self):
        end(self.listener)
        self.listener.close()
        with self.lock:
            for one in list(self.open):
                end(one)
        self.passes.set()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near):
        self.passes.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self.lock:
            self.open |= {near, far}
        both = [threading.Thread(target=self._pass, args=pair, daemon=True) for pair in ((near, far), (far, near))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        with self.lock:
            self.open -= {near, far}
        near.close()
        far.close()

    def _pass(self, source, sink):
        try:
            while data := source.recv(65536):
                self.passes.wait()
                sink.sendall(data)
        except OSError:
            pass
        end(sink)


def end(one):
    """Ends a connection for whoever waits at it, in this process too."""
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
