"""Sealing a message for one browser (RFC 8291) and saying who sends it (VAPID, RFC 8292)."""

import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

CURVE = ec.SECP256R1()
RECORD = 4096
MOST = 3900
"""Bytes of a message: with header, padding mark and tag it fits into the one record that push services take."""
VALID = timedelta(hours=12)  # RFC 8292 allows a day


def unpadded(raw: bytes) -> str:
    """Base64 for URLs without its padding, as the push API writes keys."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes behind :func:`unpadded`. Raises ``ValueError`` for what is none."""
    return urlsafe_b64decode(text.encode("ascii", "strict") + b"=" * (-len(text) % 4))


def public_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def browser_key(p256dh: str) -> ec.EllipticCurvePublicKey:
    """The public key of a subscription. Raises ``ValueError`` where it is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(p256dh))


def seal(
    message: bytes,
    p256dh: str,
    auth: str,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """``message`` for the browser with these keys; ``own`` and ``salt`` are fresh unless a test knows them."""
    theirs, mine, salt = browser_key(p256dh), own or ec.generate_private_key(CURVE), salt or os.urandom(16)
    point = public_point(mine.public_key())
    info = b"WebPush: info\0" + public_point(theirs) + point
    secret = _derive(mine.exchange(ec.ECDH(), theirs), decoded(auth), info, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    body = AESGCM(key).encrypt(nonce, message[:MOST] + b"\x02", None)  # the mark of the last record
    return salt + struct.pack("!IB", RECORD, len(point)) + point + body


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)


def authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now: datetime) -> str:
    """The header that tells the push service who sends, and where to complain."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + VALID).timestamp()),
        "sub": contact,
    }
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(key))
    return f"vapid t={token}, k={unpadded(public_point(key.public_key()))}"
