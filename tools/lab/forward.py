"""Forwards a port on loopback to another port or to a socket, with faults: run as a program.

  forward.py PORT TARGET [--tls PEM [--clients PEM]] [--delay SECONDS] [--rate BYTES]
    [--replace OLD NEW] [--deny END]

TARGET is a path, or the number of a port on loopback. PEM holds a certificate and its key; that of
`--clients` the one by which clients have to be known. What a client sends first is passed on after
SECONDS, and all that it sends no faster than BYTES a second. In what comes back, OLD is replaced. A
request by HTTP for a path that ends with END is answered with 403, as a proxy that permits only
some.
"""

import argparse
import contextlib
import socket
import ssl
import threading
import time

_CHUNK = 65536
_BODY = b"<html><body><h1>403 Forbidden</h1></body></html>"
_DENIED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


def _connect(target: str) -> socket.socket:
    if target.isdigit():
        return socket.create_connection(("127.0.0.1", int(target)))
    there = socket.socket(socket.AF_UNIX)
    there.connect(target)
    return there


def _pump(source: socket.socket, target: socket.socket, old: bytes, new: bytes) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data.replace(old, new) if old else data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _pass_on(
    client: socket.socket, there: socket.socket, first: bytes, options: argparse.Namespace
) -> None:
    """Send to `there` what `client` says, `first` at first, but requests for what is denied."""
    data, deny = first, options.deny.encode()
    with contextlib.suppress(OSError):
        while data:
            asked, _, _ = data.partition(b" HTTP/1.")
            if deny and asked.startswith(b"GET ") and asked.endswith(deny):
                client.sendall(_DENIED)
            else:
                there.sendall(data)
            if options.rate:
                time.sleep(len(data) / options.rate)
            data = client.recv(_CHUNK)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_WR)


def _serve(client: socket.socket, options: argparse.Namespace) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        if options.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options.tls)
            if options.clients:
                context.load_verify_locations(options.clients)
                context.verify_mode = ssl.CERT_REQUIRED
            client = context.wrap_socket(client, server_side=True)
        stack.enter_context(client)
        there = stack.enter_context(_connect(options.target))
        old, new = (word.encode() for word in options.replace)
        back = threading.Thread(target=_pump, args=(there, client, old, new), daemon=True)
        back.start()
        first = client.recv(_CHUNK)
        time.sleep(options.delay)
        _pass_on(client, there, first, options)
        back.join()


def main() -> None:
    """Serve until this is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("target")
    parser.add_argument("--tls", default="")
    parser.add_argument("--clients", default="")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--replace", nargs=2, default=("", ""))
    parser.add_argument("--deny", default="")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", options.port), backlog=128) as server:
        while True:
            client, _ = server.accept()
            threading.Thread(target=_serve, args=(client, options), daemon=True).start()


if __name__ == "__main__":
    main()
