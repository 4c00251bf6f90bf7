"""No address that somebody gives leads into our own network."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.common.outside import AddressRefused, AddressSilent, Outside, embedded, networks

pytestmark = pytest.mark.hard("S-35")

INSIDE = [
    "http://127.0.0.1/", "http://127.1.2.3/", "http://0.0.0.0/", "http://10.0.0.1/", "http://172.16.0.1/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://192.0.0.1/",
    "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[::1]/", "http://[::]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/", "http://[fd00::1]/",
    "http://[fe80::1]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/", "http://[2001:db8::1]/", "http://localhost/",
]  # fmt: skip
ODD = [
    "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/",
    "http://127.0.0.1./", "http://user@example.org/", "http://user:secret@example.org/", "gopher://example.org/",
    "file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "data:text/plain,x", "//example.org/", "",
    "http://", "http:///path", "http://example.org:99999/", "http://exa mple.org/", "http://example.org\\@127.0.0.1/",
    "http://[::1", "http://example.org/\nX: y",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
async def test_no_address_inside_is_called_however_it_is_written(url: str) -> None:
    with pytest.raises(AddressRefused):
        await Outside().request("GET", url)


@pytest.mark.parametrize("url", ODD)
async def test_an_address_in_disguise_or_of_another_scheme_is_refused_before_any_look_up(url: str) -> None:
    async def never(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(AddressRefused):
        await Outside(resolver=never).check(url)


async def test_one_address_inside_among_several_is_enough_to_refuse_a_name() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "10.0.0.7"]

    with pytest.raises(AddressRefused):
        await Outside(resolver=both).check("https://example.org/")


async def test_a_public_address_passes_and_is_the_one_to_connect_to() -> None:
    async def public(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

    _, address = await Outside(resolver=public).check("https://example.org/")
    assert address == "93.184.215.14"


async def test_a_name_without_an_address_is_silent_and_not_refused() -> None:
    async def none(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(AddressSilent):
        await Outside(resolver=none).check("https://example.org/")


@pytest.mark.parametrize(
    ("written", "inside"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1"), ("2002:a00:1::", "10.0.0.1"), ("64:ff9b::a00:1", "10.0.0.1"),
        ("::a00:1", "10.0.0.1"), ("2001:0:4136:e378:8000:63bf:f5ff:fffe", "10.0.0.1"),
        ("2606:4700::1", "2606:4700::1"), ("::1", "::1"),
    ],
)  # fmt: skip
def test_the_ipv4_address_inside_an_ipv6_one_is_seen(written: str, inside: str) -> None:
    assert embedded(ipaddress.ip_address(written)) == ipaddress.ip_address(inside)


# The local server below stands for the outside: its network is opened, as an operator may.

LOOPBACK = networks("127.0.0.1/32")


Served = tuple[list[bytes], Callable[..., Awaitable[int]]]


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    seen: list[bytes] = []
    servers: list[asyncio.Server] = []

    async def serve(*answers: bytes, pause: float = 0.0) -> int:
        left = list(answers)

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                seen.append(await reader.readuntil(b"\r\n\r\n"))
                answer = left.pop(0) if len(left) > 1 else left[0]
                for start in range(0, len(answer), 65536):
                    writer.write(answer[start : start + 65536])
                    await writer.drain()
                    await asyncio.sleep(pause)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield seen, serve
    for server in servers:
        server.close()


def to_loopback(*names: str) -> Outside:
    async def resolver(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host in names else ["10.0.0.1"]

    return Outside(allowed=LOOPBACK, resolver=resolver)


async def test_the_name_is_resolved_once_and_the_call_goes_to_the_checked_address(served: Served) -> None:
    seen, serve = served
    port = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    answer = await Outside(allowed=LOOPBACK, resolver=rebinding).request(
        "GET", f"http://shop.test:{port}/a?b=1"
    )
    assert (answer.status, answer.content, asked) == (200, b"ok", ["shop.test"])
    assert f"Host: shop.test:{port}".encode().lower() in seen[0].lower()
    assert seen[0].startswith(b"GET /a?b=1 ")


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://inner.test/"]
)
async def test_a_redirect_is_checked_like_the_first_address(served: Served, target: str) -> None:
    seen, serve = served
    port = await serve(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(AddressRefused):
        await to_loopback("shop.test").request("GET", f"http://shop.test:{port}/", redirects=3)
    assert len(seen) == 1


async def test_redirects_are_followed_only_as_far_as_asked_and_never_with_a_body(served: Served) -> None:
    seen, serve = served
    port = await serve(b"HTTP/1.1 307 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    door = to_loopback("shop.test")
    with pytest.raises(AddressSilent):
        await door.request("GET", f"http://shop.test:{port}/", redirects=2)
    assert len(seen) == 3
    answer = await door.request("POST", f"http://shop.test:{port}/", content=b"{}", redirects=2)
    assert (answer.status, len(seen)) == (307, 4)


async def test_a_huge_answer_ends_at_the_limit(served: Served) -> None:
    _, serve = served
    port = await serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000_000)
    door = to_loopback("shop.test")
    with pytest.raises(AddressSilent):
        await door.request("GET", f"http://shop.test:{port}/", most=100_000)
    answer = await door.request("GET", f"http://shop.test:{port}/", most=100_000, cut=True)
    assert len(answer.content) == 100_000


async def test_a_slow_answer_ends_with_the_time(served: Served) -> None:
    _, serve = served
    port = await serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, pause=0.1)
    with pytest.raises(AddressSilent):
        await to_loopback("shop.test").request("GET", f"http://shop.test:{port}/", timeout=0.3)


async def test_a_closed_port_is_silent(served: Served) -> None:
    with pytest.raises(AddressSilent):
        await to_loopback("shop.test").request("GET", "http://shop.test:1/", timeout=2)
