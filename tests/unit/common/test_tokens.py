"""Signed tokens: who made them, for how long, and what is refused."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from joserfc import jwt

from services.common.clock import FrozenClock
from services.common.errors import Unauthorized
from services.common.http import Actor
from services.common.http.tokens import ServiceTokens, Signer, Verifier, derive, keyed_hash

SECRET = "a secret of the suite, long enough to be one"
AGENT = Actor(
    id="42", kind="staff", roles=("agent",), scopes=("tickets:read",), name="Ana", locale="es", epoch=3
)


def verifier(clock: FrozenClock, signer: Signer, introspected: list[str] | None = None) -> Verifier:
    async def keys() -> dict[str, object]:
        return signer.jwks

    async def introspect(token: str) -> Actor:
        if introspected is not None:
            introspected.append(token)
        return AGENT

    return Verifier(ServiceTokens(SECRET, clock), clock, keys, introspect)


async def test_a_signed_actor_comes_back_whole(clock: FrozenClock) -> None:
    signer = Signer(SECRET, clock)
    assert await verifier(clock, signer).verify(signer.sign(AGENT)) == AGENT


async def test_a_token_is_dead_after_a_minute(clock: FrozenClock) -> None:
    signer = Signer(SECRET, clock)
    token = signer.sign(AGENT)
    clock.advance(timedelta(seconds=61))
    with pytest.raises(Unauthorized, match="expired"):
        await verifier(clock, signer).verify(token)


async def test_a_signature_is_checked_once_and_known_until_it_expires(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = Signer(SECRET, clock)
    check, token = verifier(clock, signer), signer.sign(AGENT)
    decode = Mock(wraps=jwt.decode)
    monkeypatch.setattr(jwt, "decode", decode)
    assert await check.verify(token) == await check.verify(token) == AGENT
    assert decode.call_count == 1
    clock.advance(timedelta(seconds=61))
    with pytest.raises(Unauthorized, match="expired"):
        await check.verify(token)


async def test_another_desks_signature_is_refused(clock: FrozenClock) -> None:
    theirs = Signer("the secret of quite another desk, also long", clock)
    with pytest.raises(Unauthorized):
        await verifier(clock, Signer(SECRET, clock)).verify(theirs.sign(AGENT))


async def test_a_token_without_signature_is_refused(clock: FrozenClock) -> None:
    signer = Signer(SECRET, clock)
    _, claims, _ = signer.sign(AGENT).split(".")
    none = "eyJhbGciOiJub25lIn0"
    for forged in (f"{none}.{claims}.", "rubbish", "", "a.b.c", f"{none}.{claims}.x"):
        with pytest.raises(Unauthorized):
            await verifier(clock, signer).verify(forged)


async def test_a_service_token_makes_a_service_and_nothing_more(clock: FrozenClock) -> None:
    token = ServiceTokens(SECRET, clock).sign("kb")
    actor = await verifier(clock, Signer(SECRET, clock)).verify(token)
    assert actor.is_service
    assert actor.name == "kb"
    with pytest.raises(Unauthorized):
        ServiceTokens("another secret that is long enough to count", clock).verify(token)


@pytest.mark.hard("S-33")
async def test_an_api_token_is_asked_for_again_after_thirty_seconds(clock: FrozenClock) -> None:
    asked: list[str] = []
    check = verifier(clock, Signer(SECRET, clock), asked)
    for _ in range(3):
        await check.verify("trj_abc")
    assert len(asked) == 1
    clock.advance(timedelta(seconds=31))
    await check.verify("trj_abc")
    assert len(asked) == 2


def test_no_two_purposes_share_a_key() -> None:
    assert derive(SECRET, "identity") != derive(SECRET, "service")
    assert keyed_hash(SECRET, "contact", "ana") != keyed_hash(SECRET, "visitor", "ana")
    assert keyed_hash(SECRET, "contact", "ana") == keyed_hash(SECRET, "contact", "ana")
