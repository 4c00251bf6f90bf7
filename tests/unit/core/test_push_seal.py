"""Sealing for web push: the example of RFC 8291, and what a browser would do to read it."""

import struct
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey

from services.core.push.seal import MOST, authorization, decoded, public_point, seal, unpadded

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Browser:
    """A browser's half of web push, written from the RFC and not from our code."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"sixteen bytes ok"
        self.fields = {"p256dh": unpadded(public_point(self.key.public_key())), "auth": unpadded(self.auth)}

    def read(self, sealed: bytes) -> bytes:
        salt, (size, length) = sealed[:16], struct.unpack("!IB", sealed[16:21])
        assert len(sealed) <= size == 4096
        sender, body = sealed[21 : 21 + length], sealed[21 + length :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        mine = public_point(self.key.public_key())

        def hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
            return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)

        shared = self.key.exchange(ec.ECDH(), theirs)
        ikm = hkdf(self.auth, shared, b"WebPush: info\x00" + mine + sender, 32)
        key = hkdf(salt, ikm, b"Content-Encoding: aes128gcm\x00", 16)
        plain = AESGCM(key).decrypt(hkdf(salt, ikm, b"Content-Encoding: nonce\x00", 12), body, None)
        return plain.rstrip(b"\x00")[:-1]


def test_the_example_of_the_standard_comes_out_byte_for_byte() -> None:
    own = ec.derive_private_key(
        int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        own=own,
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert unpadded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl"
        "95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_browser_reads_what_was_sealed_for_it_and_no_other_does() -> None:
    browser, other = Browser(), Browser()
    for message in (b"x", b"#1042 is critical", b"y" * MOST):
        sealed = seal(message, **browser.fields)
        assert browser.read(sealed) == message
        with pytest.raises(InvalidTag):
            other.read(sealed)


def test_who_sends_is_signed_for_one_push_service_and_half_a_day() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    header = authorization(key, "https://push.example:8443/one/two", "mailto:desk@example.org", NOW)
    token, _, public = header.removeprefix("vapid t=").partition(", k=")
    assert public == unpadded(public_point(key.public_key()))
    read = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"])  # type: ignore[arg-type]
    assert read.claims["aud"] == "https://push.example:8443"
    assert read.claims["sub"] == "mailto:desk@example.org"
    assert 0 < read.claims["exp"] - NOW.timestamp() <= 24 * 3600
