"""The certificates that outgoing connections are checked against."""

import ssl
from functools import cache

import httpx


@cache
def trust() -> ssl.SSLContext:
    """The machine-independent store, read once: it takes 40 ms, which a client of its own would spend each time."""
    return httpx.create_ssl_context(trust_env=False)
