"""Signed tokens: one service signs for people (EdDSA), and every service for itself (a shared secret).

A service token proves only that the caller is a part of this suite. It is made of the suite's secret and
lives for a minute, so that services can talk while the signer of people's tokens is away.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, OKPKey

from services.common.clock import Clock
from services.common.errors import Unauthorized
from services.common.http.actor import ROLE_SCOPES, Actor

TOKEN_SECONDS = 60
AUDIENCE = "triaje"


def derive(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose, so that no two uses of the suite's secret share a key."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(
        secret.encode()
    )


def keyed_hash(secret: str, purpose: str, value: str) -> str:
    """A stable pseudonym (hex, 128 bits): equal values get equal names, and nobody can go back."""
    return hmac.new(derive(secret, purpose), value.encode(), hashlib.sha256).hexdigest()[:32]


class Signer:
    """Signs the one-minute tokens of people. Only the identity provider holds one."""

    def __init__(self, secret: str, clock: Clock) -> None:
        key = Ed25519PrivateKey.from_private_bytes(derive(secret, "identity"))
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._key = OKPKey.import_key(pem, {"kid": hashlib.sha256(pem).hexdigest()[:16]})
        self._clock = clock

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys, as served at ``/.well-known/jwks.json``."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "Ed25519"}]}

    def sign(self, actor: Actor) -> str:
        """A token for ``actor`` that is good for a minute."""
        now = self._clock.now()
        claims = {
            "sub": actor.id,
            "kind": actor.kind,
            "roles": list(actor.roles),
            "scopes": list(actor.scopes),
            "name": actor.name,
            "email": actor.email,
            "locale": actor.locale,
            "epoch": actor.epoch,
            "aud": AUDIENCE,
            "exp": int((now + timedelta(seconds=TOKEN_SECONDS)).timestamp()),
        }
        return jwt.encode({"alg": "Ed25519", "kid": self._key.kid}, claims, self._key, algorithms=["Ed25519"])


class ServiceTokens:
    """Makes and checks the tokens that services show each other."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key = OctKey.import_key(derive(secret, "service"))
        self._clock = clock

    def sign(self, service: str) -> str:
        """A token that says: a part of this suite, named ``service``, calls."""
        expires = int(self._clock.now().timestamp()) + TOKEN_SECONDS
        return jwt.encode(
            {"alg": "HS256", "typ": "service"},
            {"sub": service, "aud": AUDIENCE, "exp": expires},
            self._key,
            algorithms=["HS256"],
        )

    def verify(self, token: str) -> Actor:
        """The calling service as an actor; raises :class:`Unauthorized`."""
        claims = _claims(token, self._key, ["HS256"], self._clock)
        name = str(claims.get("sub", ""))
        return Actor(
            id=f"service:{name}", kind="service", roles=("service",), scopes=ROLE_SCOPES["service"], name=name
        )


def _claims(token: str, key: Any, algorithms: list[str], clock: Clock) -> Mapping[str, Any]:
    try:
        claims = jwt.decode(token, key, algorithms=algorithms).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unauthorized("The token is not valid.") from error
    if claims.get("aud") != AUDIENCE or not isinstance(claims.get("exp"), int):
        raise Unauthorized("The token is not for this desk.")
    if claims["exp"] < clock.now().timestamp():
        raise Unauthorized("The token has expired.")
    return claims


class Verifier:
    """Turns a bearer token into an actor.

    ``fetch_keys`` gets the signer's public keys and ``introspect`` asks the identity provider about an
    opaque API token; its answers are remembered for thirty seconds, and a signature that was good until it expires:
    a page makes ten calls with the same token.
    """

    def __init__(
        self,
        services: ServiceTokens,
        clock: Clock,
        fetch_keys: Callable[[], Awaitable[dict[str, Any]]],
        introspect: Callable[[str], Awaitable[Actor]],
    ) -> None:
        self._services, self._clock = services, clock
        self._fetch_keys, self._introspect = fetch_keys, introspect
        self._keys: KeySet | None = None
        self._known: dict[bytes, tuple[float, Actor]] = {}  # by digest: good until when, and whose

    async def verify(self, token: str) -> Actor:
        """The actor behind ``token``; raises :class:`Unauthorized`."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and known[0] >= self._clock.now().timestamp():
            return known[1]
        if token.startswith("trj_"):
            return self._keep(digest, self._clock.now().timestamp() + 30, await self._introspect(token))
        header = _header(token)
        if header.get("typ") == "service":
            return self._services.verify(token)
        if self._keys is None or header.get("kid") not in {key.kid for key in self._keys.keys}:
            self._keys = KeySet.import_key_set(await self._fetch_keys())  # type: ignore[arg-type]
        claims = _claims(token, self._keys, ["Ed25519"], self._clock)
        actor = Actor(
            id=claims["sub"],
            kind=claims["kind"],
            roles=tuple(claims["roles"]),
            scopes=tuple(claims["scopes"]),
            name=claims["name"],
            email=claims.get("email", ""),
            locale=claims.get("locale", ""),
            epoch=claims.get("epoch", 0),
        )
        return self._keep(digest, claims["exp"], actor)

    def _keep(self, digest: bytes, until: float, actor: Actor) -> Actor:
        if len(self._known) > 1000:
            self._known.clear()
        self._known[digest] = (until, actor)
        return actor


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError as error:
        raise Unauthorized("The token is not valid.") from error
    return header if isinstance(header, dict) else {}
