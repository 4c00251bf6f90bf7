"""By which address a caller is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.http.actor import ANONYMOUS
from services.common.http.callers import network_of
from services.core.identity.limits import Limits
from services.kb.limits import caller_of
from services.portal.web.callers import Callers


@pytest.mark.hard("S-52")
@given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
def test_all_addresses_of_one_network_are_one_caller(address: object) -> None:
    assert network_of(str(address)) == "2001:db8:1:2::/64"


@pytest.mark.hard("S-52")
@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("2001:DB8:1:2:3:4:5:6%eth0", "2001:db8:1:2::/64"),
        ("fe80::1", "fe80::/64"),
        ("a@b.test", "a@b.test"),
        ("", ""),
    ],
)
def test_one_address_has_one_spelling(given: str, counted: str) -> None:
    assert network_of(given) == counted


@pytest.mark.hard("S-52")
async def test_no_counter_lets_a_caller_start_anew_from_the_next_address_of_its_network() -> None:
    first, second = "2001:db8::1", "2001:db8::ffff:2"
    limits, callers = Limits(), Callers()
    assert await limits.hit("1/hour", "sign-in", first)
    assert not await limits.hit("1/hour", "sign-in", second)
    assert await callers.take("widget", first, "1/hour")
    assert not await callers.take("widget", second, "1/hour")
    assert caller_of(ANONYMOUS, None, first) == caller_of(ANONYMOUS, None, second)
