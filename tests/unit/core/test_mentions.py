"""Who is meant by an ``@``."""

from uuid import UUID

import pytest

from services.core.conversation.mentions import named

NORA, NORAH, JOSE, JOSE2 = (UUID(int=n) for n in range(1, 5))
PEOPLE = [
    (NORA, "Nora Castell", "nora@desk.test"), (NORAH, "Norah Beck", "beck@desk.test"),
    (JOSE, "José Ruiz", "jose@desk.test"), (JOSE2, "José Mar", "pepe@desk.test"),
]  # fmt: skip


@pytest.mark.req(102)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Nora Castell please look", [NORA]),
        ("Ask @nora, or @NORAH.", [NORA, NORAH]),
        ("@jose ruiz and @pepe", [JOSE, JOSE2]),
        ("@José Mar", [JOSE2]),
        ("@josé", []),
        ("write to nora@desk.test", []),
        ("@noranne @ nora @", []),
        ("@nora @nora", [NORA]),
        ("(@beck)", [NORAH]),
    ],
)
def test_the_longest_name_that_fits_is_meant(text: str, meant: list[UUID]) -> None:
    assert named(text, PEOPLE) == meant
