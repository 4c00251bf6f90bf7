"""The desk's own key for web push: made once, kept in the database under the desk's secret, never shown."""

import os

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from services.core.models import desk, push_subscription
from services.core.push.seal import CURVE, decoded, unpadded

ENTRY = "push_key"


def own_key(conn: sa.Connection, secret: str) -> ec.EllipticCurvePrivateKey:
    """The desk's key, made at first use.

    One that this secret does not open was kept under another: a new one takes its place, and the subscriptions that
    were made for the old one, which no push service would take from us any more, go with it.
    """
    kept = conn.execute(sa.select(desk.c.value).where(desk.c.key == ENTRY).with_for_update()).scalar()
    if kept is not None:
        try:
            raw = decoded(kept)
            opened = load_der_private_key(_box(secret).decrypt(raw[:12], raw[12:], ENTRY.encode()), None)
        except (InvalidTag, ValueError):
            conn.execute(push_subscription.delete())
            conn.execute(desk.delete().where(desk.c.key == ENTRY))
        else:
            assert isinstance(opened, ec.EllipticCurvePrivateKey)  # nothing else is ever kept here
            return opened
    made = ec.generate_private_key(CURVE)
    plain = made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    nonce = os.urandom(12)
    sealed = unpadded(nonce + _box(secret).encrypt(nonce, plain, ENTRY.encode()))
    conn.execute(desk.insert(), {"key": ENTRY, "value": sealed})
    return made


def _box(secret: str) -> AESGCM:
    """What the key is kept in; its own key follows from the desk's secret and serves nothing else."""
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"triaje web push key")
    return AESGCM(derived.derive(secret.encode()))
