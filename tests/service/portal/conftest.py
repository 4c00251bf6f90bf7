"""A portal on fakes for each test, built once a run where the bundle is missing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.portal.web.assets import DIST
from tests.service.portal.rig import Rig
from tests.service.portal.rig import rig as running


@pytest.fixture(scope="session", autouse=True)
def bundle() -> None:
    """Pages need the bundle; `make setup` builds it."""
    if not (DIST / "manifest.json").exists():
        pytest.fail("There is no bundle: run `python -m services.portal.build`.", pytrace=False)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as found:
        yield found


@pytest.fixture
async def customer(rig: Rig) -> Rig:
    """Signed in as a customer."""
    await rig.sign_in("ana@example.org")
    return rig


@pytest.fixture
async def agent(rig: Rig) -> Rig:
    """Signed in as an agent."""
    await rig.sign_in("luis@example.org")
    return rig


@pytest.fixture
async def admin(rig: Rig) -> Rig:
    """Signed in as an admin."""
    await rig.sign_in("ada@example.org")
    return rig
