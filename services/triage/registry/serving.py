"""The model in memory. It follows the registry's rows, so that a promotion anywhere is served everywhere."""

import asyncio
import time
from collections.abc import Callable

from services.common.db import Database
from services.common.observability import get_logger
from services.triage.learning.types import ModelRefused
from services.triage.registry.artefacts import Artefacts, Loaded
from services.triage.registry.repository import Candidate, candidates

log = get_logger(__name__)


class Serving:
    """Hands out the champion; where it cannot be loaded, the champion before it; where none can, None.

    Nothing here raises for a bad file: triage then abstains and says why in ``problem``.
    """

    def __init__(
        self, db: Database, artefacts: Artefacts, fingerprint: Callable[[], str], recheck: float = 60.0
    ) -> None:
        self._db = db
        self._artefacts = artefacts
        self._fingerprint = fingerprint
        self._recheck = recheck
        self._loaded: Loaded | None = None
        self._refused: dict[tuple[str, str], tuple[float, str]] = {}
        self._lock = asyncio.Lock()
        self.problem = ""

    @property
    def version(self) -> str:
        """The version in memory; empty where none is."""
        return self._loaded.version if self._loaded else ""

    async def current(self) -> Loaded | None:
        """The model to predict with now."""
        wanted = await self._db.read(candidates)
        if not wanted:
            self._loaded, self.problem = None, ""
            return None
        if self._is(wanted[0]):
            self.problem = ""
            return self._loaded
        async with self._lock:
            return await self._first_that_loads(wanted)

    def _is(self, candidate: Candidate) -> bool:
        loaded = self._loaded
        return loaded is not None and (loaded.version, loaded.sha256) == (candidate.version, candidate.sha256)

    async def _first_that_loads(self, wanted: list[Candidate]) -> Loaded | None:
        problems = []
        for candidate in wanted:
            if self._is(candidate):
                break
            reason = self._resting(candidate)
            if not reason:
                try:
                    self._loaded = await asyncio.to_thread(self._load, candidate)
                    log.info("model.serving", model=candidate.version)
                    break
                except ModelRefused as error:
                    reason = error.reason
                    self._refused[candidate.version, candidate.sha256] = (time.monotonic(), reason)
                    log.error("model.refused", model=candidate.version, reason=reason)
            problems.append(f"{candidate.version}: {reason}")
        else:
            self._loaded = None
        self.problem = "; ".join(problems)
        return self._loaded

    def _resting(self, candidate: Candidate) -> str:
        """Why a candidate was refused a moment ago; empty where it may be tried (again)."""
        at, reason = self._refused.get((candidate.version, candidate.sha256), (0.0, ""))
        return reason if reason and time.monotonic() - at < self._recheck else ""

    def _load(self, candidate: Candidate) -> Loaded:
        if candidate.fingerprint != self._fingerprint():
            raise ModelRefused("it was trained for other encoders")
        return self._artefacts.load(candidate.version, candidate.sha256, candidate.fingerprint)

    async def load(self, candidate: Candidate) -> Loaded:
        """Any version, for replays and comparisons; raises ``ModelRefused``."""
        if self._is(candidate) and self._loaded is not None:
            return self._loaded
        return await asyncio.to_thread(self._load, candidate)

    def forget(self) -> None:
        """Try refused files again at the next call."""
        self._refused.clear()
