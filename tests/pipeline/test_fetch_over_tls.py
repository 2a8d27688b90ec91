"""Over TLS the certificate must be good for the name in the address, although the connection goes to a number."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pipeline.fetch import Fetcher, FetchLimits, FetchTimedOut, HostUnreachable


def jpeg() -> bytes:
    file = BytesIO()
    Image.effect_noise((32, 32), 50).save(file, "JPEG")
    return file.getvalue()


PHOTO = jpeg()


@dataclass
class SecureHost:
    """A real HTTPS server on this machine whose certificate names shop.example and 127.0.0.1."""

    port: int
    certificate: Path
    names: list[str | None]

    def fetch(self, host: str, *, trusted: bool = True) -> bytes:
        tls = ssl.create_default_context(cafile=str(self.certificate) if trusted else None)
        fetcher = Fetcher(allowed_hosts=frozenset({host}), resolver=lambda name: ["127.0.0.1"], tls=tls)
        return fetcher.fetch(f"https://{host}:{self.port}/a.jpg").data


def answer(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    request.wfile.write(PHOTO)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run a server and yield its port."""
    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": answer, "log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join(5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-days", "2",
            "-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example,IP:127.0.0.1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "certificate.pem"


@pytest.fixture
def host(certificate: Path) -> Iterator[SecureHost]:
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    context.sni_callback = lambda line, name, _: names.append(name)
    with serving(context) as port:
        yield SecureHost(port, certificate, names)


def test_a_photo_arrives_from_the_host_the_certificate_names(host: SecureHost) -> None:
    assert host.fetch("shop.example") == PHOTO
    assert host.fetch("127.0.0.1") == PHOTO
    assert host.names == ["shop.example", None]


def test_a_certificate_for_another_name_is_refused(host: SecureHost) -> None:
    with pytest.raises(HostUnreachable, match=r"no certificate that is valid for other\.example") as refused:
        host.fetch("other.example")
    assert not refused.value.permanent
    assert host.names == ["other.example"]


def test_a_certificate_nobody_vouches_for_is_refused(host: SecureHost) -> None:
    with pytest.raises(HostUnreachable, match="certificate"):
        host.fetch("shop.example", trusted=False)


def test_a_host_that_does_not_speak_tls_is_told(certificate: Path) -> None:
    with serving() as port, pytest.raises(HostUnreachable, match="does not speak HTTPS"):
        SecureHost(port, certificate, []).fetch("shop.example")


def test_a_handshake_that_never_comes_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fetcher = Fetcher(FetchLimits(total_seconds=0.3), allowed_hosts=frozenset({"127.0.0.1"}))
        with pytest.raises(FetchTimedOut):
            fetcher.fetch(f"https://127.0.0.1:{silent.getsockname()[1]}/a.jpg")
