"""An HTTP/1.1 server on 127.0.0.1 that breaks off each answer where the path says.

    /CODING/FRAMING/AT/END[/STATUS]   such as /gzip/chunked/20/close

    CODING   identity, gzip, deflate, br or zstd: of a body of 12 lines
    FRAMING  length, chunked, or until-close: how the end of the body is told
    AT       bytes of the coded body that are sent; `all`: all of them, and of `chunked` not the last chunk;
             `whole`: everything, as it should be
    END      close or reset
    STATUS   200 if not given; 302 leads to /identity/length/whole/close

    /head/N/END                       only the first N bytes of an answer's head
"""

import gzip
import socket
import struct
import threading
import zlib

BODY = b"".join(b"line %d of the body\n" % i for i in range(12))
CODED = {
    "identity": BODY,
    "gzip": gzip.compress(BODY, mtime=0),
    "deflate": zlib.compress(BODY),
    # What `brotli` and `zstd` make of it: Python has neither.
    "br": bytes.fromhex("1be500c08cd4638d1dd8a91540ccdeb8c1d8bca4814c3800985a1a5982d777410382899ff0d6208b0021184131581cfe65fc01"),
    "zstd": bytes.fromhex("28b52ffd24e6d50100e86c696e652030206f662074686520626f64790a313233343536373839310c0043934168e8031e039e00ef80c78027c03be031e009f0dbda1906acca9f76"),
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nyes"


class CutServer:
    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """One request a connection, so that each answer stands for itself."""
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = b""
            while b"\r\n\r\n" not in request:
                data = client.recv(65536)
                if not data:
                    return
                request += data
            method, path = request.decode("latin-1").split(" ")[:2]
            client.sendall(self.answer(method, path))
            if path.split("/")[-2 if path.split("/")[-1].isdigit() else -1] == "reset":
                # The other side reads what came before it sees the reset.
                threading.Event().wait(0.05)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        finally:
            client.close()

    @staticmethod
    def answer(method, path):
        parts = path.strip("/").split("/")
        if parts[0] == "head":
            return HEAD[:int(parts[1])]
        coding, framing, at = parts[:3]
        body, status = CODED[coding], parts[4] if len(parts) > 4 else "200"
        head = "HTTP/1.1 %s Said So\r\nContent-Type: text/plain\r\nConnection: close\r\n" % status
        if status == "302":
            head += "Location: /identity/length/whole/close\r\n"
        if coding != "identity":
            head += "Content-Encoding: %s\r\n" % coding
        if framing == "length":
            head += "Content-Length: %d\r\n" % len(body)
        if framing == "chunked":
            head += "Transfer-Encoding: chunked\r\n"
        sent = body if at in ("all", "whole") else body[:int(at)]
        if method == "HEAD":
            sent = b""
        elif framing == "chunked":
            sent = b"".join(b"%x\r\n%s\r\n" % (len(sent[i:i + 16]), sent[i:i + 16]) for i in range(0, len(sent), 16))
            sent += b"0\r\n\r\n" if at == "whole" else b""
        return head.encode() + b"\r\n" + sent


if __name__ == "__main__":
    with CutServer() as server:
        print(server.url, flush=True)
        threading.Event().wait()
