"""Keeping the read copy: one row, replaced whole when core's version is newer."""

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.clock import Clock
from services.common.db import Database
from services.core.client import CoreClient
from services.core.contract import TaxonomySnapshot
from services.triage.models import LabelScheme, Snapshot, table
from services.triage.taxonomy.copy import EMPTY, Scheme, Taxonomy

_snapshot = table(Snapshot)
_scheme = table(LabelScheme)
_decoder = msgspec.msgpack.Decoder(TaxonomySnapshot)


class TaxonomyStore:
    """Hands out the current ``Taxonomy``; decodes it only when its version has changed."""

    def __init__(self, db: Database, clock: Clock, core: CoreClient) -> None:
        self._db = db
        self._clock = clock
        self._core = core
        self._current = EMPTY

    async def current(self) -> Taxonomy:
        """The newest copy; ``EMPTY`` before the first one."""
        version = await self._db.read(lambda conn: conn.execute(sa.select(_snapshot.c.version)).scalar())
        if version is None:
            return EMPTY
        if version != self._current.version:
            data = await self._db.read(lambda conn: conn.execute(sa.select(_snapshot.c.data)).scalar_one())
            self._current = Taxonomy(_decoder.decode(data))
        return self._current

    async def scheme(self, version: int) -> Scheme:
        """The labels of a version of the snapshot; those of now where that version was never seen."""
        query = sa.select(_scheme.c.data).where(_scheme.c.version == version)
        found = await self._db.read(lambda conn: conn.execute(query).scalar())
        if found is None:
            return (await self.current()).scheme
        active = {task: frozenset(keys) for task, keys in found["active"].items()}
        return Scheme(active, found["team_of"], found["routed_by_category"])

    async def refresh(self) -> Taxonomy:
        """Fetch core's snapshot and keep it; a copy that is older than ours is dropped."""
        fetched = await self._core.taxonomy()
        row = {
            "id": 1,
            "version": fetched.version,
            "data": msgspec.msgpack.encode(fetched),
            "synced_at": self._clock.now(),
        }

        labels = Taxonomy(fetched).scheme
        scheme = {
            "active": {task: sorted(keys) for task, keys in labels.active.items()},
            "team_of": labels.team_of,
            "routed_by_category": labels.routed_by_category,
        }

        def unit(conn: sa.Connection) -> None:
            dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
            insert = dialect.insert(_snapshot).values(row)
            changes = {key: row[key] for key in ("version", "data", "synced_at")}
            newer = _snapshot.c.version <= insert.excluded.version
            conn.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changes, where=newer))
            kept = dialect.insert(_scheme).values(version=fetched.version, data=scheme)
            conn.execute(kept.on_conflict_do_nothing(index_elements=["version"]))

        await self._db.write(unit)
        return await self.current()
