"""Downloads end, whatever the server does."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest
import requests

from tlcourse import fetching

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@contextmanager
def serving(answer):
    """The address of a server that hands its one connection to `answer`."""

    def serve():
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/file.h5"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_file_arrives_whole(tmp_path):
    content = bytes(range(250)) * 400
    with serving(lambda connection: connection.sendall(HEAD + content)) as url:
        fetching.downloader(5)(url, tmp_path / "file", None)
    assert (tmp_path / "file").read_bytes() == content


def test_a_server_of_a_few_bytes_a_second_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "SLOW_AFTER", 0.2)

    def drop_by_drop(connection):
        connection.sendall(HEAD)
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(drop_by_drop) as url:
        with pytest.raises((TimeoutError, OSError)):
            fetching.downloader(5)(url, tmp_path / "file", None)


def test_a_server_that_falls_silent_is_given_up(tmp_path):
    def silent(connection):
        connection.sendall(HEAD)
        time.sleep(3)

    with serving(silent) as url:
        with pytest.raises(Exception, match="timed out"):
            fetching.downloader(0.3)(url, tmp_path / "file", None)


def test_a_page_that_says_no_is_an_error(tmp_path):
    with serving(lambda c: c.sendall(b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n")) as url:
        with pytest.raises(requests.HTTPError, match="404"):
            fetching.downloader(5)(url, tmp_path / "file", None)
