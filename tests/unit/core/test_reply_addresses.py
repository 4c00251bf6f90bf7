"""The signed reply address: only this desk makes one, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.outgoing.address import LIFE, ReplyAddresses

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESSES = ReplyAddresses("a secret of the tests, thirty-two or more", "Support@Desk.test")


@given(st.integers(min_value=1, max_value=2**53 - 1))
def test_an_address_of_this_desk_is_read_back(number: int) -> None:
    address = ADDRESSES.of(number, NOW)
    assert len(address.partition("@")[0]) <= 64, "the longest local part that mail allows"
    reading = ADDRESSES.read([f'"Support, please" <{address.upper()}>'], NOW)
    assert (reading.state, reading.number) == ("good", number)


@given(st.integers(min_value=1, max_value=10_000), st.data())
@pytest.mark.hard("S-13")
def test_no_changed_letter_is_taken(number: int, data: st.DataObject) -> None:
    address = ADDRESSES.of(number, NOW)
    local = address.partition("@")[0]
    start = len("support+")
    at = data.draw(st.integers(start, len(local) - 1))
    other = data.draw(
        st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789").filter(lambda c: c != local[at])
    )
    changed = address[:at] + other + address[at + 1 :]
    assert ADDRESSES.read([changed], NOW).state != "good"


def test_another_desks_signature_and_an_old_one_are_told_apart() -> None:
    other = ReplyAddresses("another secret, thirty-two letters or more", "support@desk.test")
    assert ADDRESSES.read([other.of(7, NOW)], NOW).state == "forged"
    assert ADDRESSES.read([ADDRESSES.of(7, NOW)], NOW + LIFE + timedelta(days=2)).state == "expired"
    assert ADDRESSES.read([ADDRESSES.of(7, NOW)], NOW + LIFE - timedelta(days=1)).state == "good"
    assert ADDRESSES.read(["support@desk.test, help@elsewhere.test"], NOW).state == "none"
    assert (
        ADDRESSES.read([f"x{ADDRESSES.of(7, NOW)}", f"{ADDRESSES.of(7, NOW)}.evil.test"], NOW).state == "none"
    )


def test_the_desk_knows_its_own_addresses() -> None:
    assert ADDRESSES.is_own("SUPPORT@desk.test")
    assert ADDRESSES.is_own(ADDRESSES.of(3, NOW))
    assert not ADDRESSES.is_own("support@other.test")
    assert not ADDRESSES.is_own("supporter@desk.test")
