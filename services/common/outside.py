"""Calls to addresses that somebody gave: never into our own network, never longer or larger than asked.

A name is resolved once, every address that it has is checked, and the connection goes to a checked one: an answer
that changes between check and call changes nothing. Redirects go through the same door.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from services.common.clients.trust import trust
from services.common.errors import Invalid, Unavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]
REDIRECTS: Final = (301, 302, 303, 307, 308)
_NUMBER = re.compile(r"(0x[0-9a-f]*|\d+)", re.IGNORECASE)
_QUAD = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Invalid):
    code, title = "address_refused", "This address may not be called"


class AddressSilent(Unavailable):
    """It did not answer, or not in the time and size that were left to it."""

    code, title = "address_silent", "This address does not answer"


@dataclass(frozen=True)
class Answer:
    """What came back; `content` is cut at the limit where the caller only wants a beginning."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Networks from a comma-separated setting. Raises `ValueError` for what is none."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


class Outside:
    """The door to addresses from outside. `allowed` are networks that an operator opened, such as `10.0.0.0/8`."""

    def __init__(
        self,
        allowed: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = (),
        resolver: Resolver = resolve,
    ) -> None:
        self.allowed, self.resolver = allowed, resolver

    async def check(self, url: str) -> tuple[SplitResult, str]:
        """The parts of an address and one to connect to. Raises :class:`AddressRefused` for what may not be called.

        Raises :class:`AddressSilent` where the name has no address at the moment.
        """
        parts, host, port = split(url)
        try:
            found = [ipaddress.ip_address(one.partition("%")[0]) for one in await self.resolver(host, port)]
        except (OSError, ValueError) as error:
            raise AddressSilent(f"{host} has no address.") from error
        if not found:
            raise AddressSilent(f"{host} has no address.")
        if not all(self._open(address) for address in found):
            raise AddressRefused(f"{host} lies inside a private network.")
        return parts, str(found[0])

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        timeout: float = 10.0,
        most: int = 1 << 20,
        redirects: int = 0,
        cut: bool = False,
    ) -> Answer:
        """Call an address. `timeout` and `most` bytes bound all of it; `cut` takes the beginning of a longer answer.

        Redirects are followed only for calls that write nothing, each checked like the first address.
        """
        if method not in ("GET", "HEAD"):
            redirects = 0
        try:
            async with asyncio.timeout(timeout):
                for _ in range(redirects + 1):
                    answer = await self._once(method, url, headers or {}, content, timeout, most, cut)
                    target = answer.headers.get("location")
                    if not redirects or answer.status not in REDIRECTS or not target:
                        return answer
                    url = urljoin(url, target)
                raise AddressSilent("It redirects without end.")
        except (TimeoutError, httpx.HTTPError) as error:
            raise AddressSilent(str(error)[:200]) from error

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes, timeout: float, most: int, cut: bool
    ) -> Answer:  # fmt: skip
        parts, address = await self.check(url)
        target = httpx.URL(url).copy_with(host=address, fragment=None)
        sent = {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"}
        # No proxy and no cookies from the environment: the connection goes where the check looked.
        verified = await asyncio.to_thread(trust)
        async with httpx.AsyncClient(trust_env=False, verify=verified, timeout=timeout) as client:
            request = client.build_request(
                method, target, headers=sent, content=content or None, extensions={"sni_hostname": parts.hostname}
            )  # fmt: skip
            response = await client.send(request, stream=True)
            try:
                body = await _read(response, most, cut)
            finally:
                await response.aclose()
            return Answer(response.status_code, response.headers, body, url)

    def _open(self, address: IPAddress) -> bool:
        inner = embedded(address)
        if any(inner.version == net.version and inner in net for net in self.allowed):
            return True
        unlike = inner.is_multicast or inner.is_reserved or getattr(inner, "is_site_local", False)
        return inner.is_global and not inner.is_private and not unlike


def split(url: str) -> tuple[SplitResult, str, int]:
    """The parts, host and port of an address that has nothing odd in it. Raises :class:`AddressRefused`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused("It is not an address.") from error
    if parts.scheme not in ("http", "https"):
        raise AddressRefused("Only http and https can be called.")
    if any(char <= " " or char == "\x7f" or char == "\\" for char in url):
        raise AddressRefused("It has characters that no address has.")
    if "@" in parts.netloc:
        raise AddressRefused("It has a name and password in it.")
    last = host.rstrip(".").rpartition(".")[2]
    if not host or (":" not in host and _NUMBER.fullmatch(last) and not _QUAD.fullmatch(host)):
        raise AddressRefused("Its host is a number in disguise.")
    return parts, host, port if port is not None else (443 if parts.scheme == "https" else 80)


def embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64), or the address itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64 or 1 < int(address) < 1 << 32:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


async def _read(response: httpx.Response, most: int, cut: bool) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most:
            if cut:
                return body[:most]
            raise AddressSilent(f"It sends more than {most} bytes.")
    return body
