"""CSRF tokens, origins, headers and cookies."""

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from services.common.errors import Forbidden
from services.common.http.tokens import derive, keyed_hash
from services.common.settings import Settings
from services.kb.contract import VOUCHER
from services.portal.web.prose import PLAYERS
from services.portal.web.viewer import Flash

SAFE = {"GET", "HEAD", "OPTIONS"}
YEAR = 365 * 24 * 3600


class ForeignForm(Forbidden):
    """A form that this portal did not give to this browser."""

    code, title = "portal.foreign_form", "The form is out of date"


class Guard:
    """Makes and checks what proves that a form came from our page in the same browser."""

    def __init__(self, settings: Settings) -> None:
        self._key = derive(settings.secret, "portal.csrf")
        self._secret = settings.secret
        self._secure = settings.secure
        self.own = self.url = settings.url.rstrip("/")
        self._host = urlsplit(settings.url).netloc

    # -- cookies

    def cookie_name(self, name: str) -> str:
        """``__Host-`` pins a cookie to this host over https; over plain http browsers refuse the prefix."""
        return f"__Host-triaje-{name}" if self._secure else f"triaje-{name}"

    def cookie(self, name: str, value: str, max_age: int | None = YEAR) -> Cookie:
        """A cookie that scripts cannot read."""
        return Cookie(
            key=self.cookie_name(name),
            value=value,
            max_age=max_age,
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def expired(self, name: str) -> Cookie:
        return self.cookie(name, "", max_age=0)

    # -- tokens

    def token(self, seed: str, session_key: str) -> str:
        """A form token for one browser in one session: it changes when somebody signs in or out.

        Each call masks it anew, so that compressed pages do not give it away letter by letter.
        """
        pad = secrets.token_bytes(32)
        return base64.urlsafe_b64encode(pad + _xor(pad, self._mac(seed, session_key))).decode()

    def is_token(self, given: str, seed: str, session_key: str) -> bool:
        """Whether ``given`` is a token that we made for this browser and session."""
        try:
            raw = base64.urlsafe_b64decode(given.encode())
        except ValueError:
            return False
        return len(raw) == 64 and hmac.compare_digest(_xor(raw[:32], raw[32:]), self._mac(seed, session_key))

    def _mac(self, seed: str, session_key: str) -> bytes:
        return hmac.new(self._key, f"{seed}\0{session_key}".encode(), hashlib.sha256).digest()

    def visitor(self, seed: str) -> str:
        """A pseudonym of the browser that says nothing about it and survives a reload."""
        return keyed_hash(self._secret, "portal.visitor", seed)

    def voucher(self, visitor: str) -> str:
        """Our word to the knowledge base that we gave out this pseudonym."""
        return keyed_hash(self._secret, VOUCHER, visitor)

    async def check(self, request: Request[Any, Any, Any]) -> None:
        """Refuse a write that did not come from our own page: origin first, then the token.

        Raises :class:`ForeignForm`.
        """
        if request.method in SAFE:
            return
        self._check_origin(request)
        viewer = request.scope["state"]["viewer"]
        given = request.headers.get("x-csrf-token") or ""
        if not given:
            form = await request.form()
            given = str(form.get("_csrf") or "")
        key = viewer.session.key if viewer.session else ""
        if viewer.new_seed or not self.is_token(given, viewer.seed, key):
            raise ForeignForm("Open the page again and send the form once more.")

    def _check_origin(self, request: Request[Any, Any, Any]) -> None:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise ForeignForm("The request came from another site.")
        origin = request.headers.get("origin") or request.headers.get("referer")
        if origin is None:
            return
        host = urlsplit(origin).netloc
        if not host or host not in {self._host, request.headers.get("host", "")}:
            raise ForeignForm("The request came from another site.")

    # -- messages for the next page

    def pack_flash(self, flash: Flash) -> str:
        """``flash`` as a signed cookie value."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode().rstrip("=")
        return f"{body}.{self._sign(body)}"

    def unpack_flash(self, value: str) -> Flash | None:
        body, _, signature = value.partition(".")
        if not body or not secrets.compare_digest(signature, self._sign(body)):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Flash)
        except (ValueError, msgspec.MsgspecError):
            return None

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, b"flash\0" + body.encode(), hashlib.sha256).hexdigest()[:32]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def policy(nonce: str, framed: bool = False) -> str:
    """The Content-Security-Policy of a page: our own files only, scripts by nonce, nothing inline."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "media-src 'self'",
            f"frame-src {' '.join(PLAYERS)}",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {chr(39)}self{chr(39)}" if framed else "frame-ancestors 'none'",
            "manifest-src 'self'",
            "worker-src 'self'",
        ]
    )


def safe_next(path: str | None, default: str = "/") -> str:
    """``path`` where it stays on this site, else ``default``: no open redirects."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        return default
    parts = urlsplit(path)
    return default if parts.scheme or parts.netloc or "\\" in path else path
