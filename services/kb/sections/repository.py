"""Reading the section tree. A desk has tens of sections, so the whole tree is read at once."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.kb.articles.policy import audience, published_for, writes
from services.kb.contract import Crumb, Section
from services.kb.models import article, section


def rows(conn: sa.Connection) -> list[Any]:
    """All sections, siblings in their order."""
    return list(conn.execute(sa.select(section).order_by(section.c.position, section.c.key)))


def ancestors(conn: sa.Connection) -> dict[UUID, list[UUID]]:
    """For each section itself and all above it, the nearest first."""
    parents = {row.id: row.parent_id for row in rows(conn)}
    found: dict[UUID, list[UUID]] = {}
    for key in parents:
        chain: list[UUID] = []
        at: UUID | None = key
        while at is not None and at not in chain:
            chain.append(at)
            at = parents.get(at)
        found[key] = chain
    return found


def subtree(conn: sa.Connection, section_id: UUID) -> list[UUID]:
    """A section and all below it."""
    return [key for key, chain in ancestors(conn).items() if section_id in chain]


def tree(conn: sa.Connection, actor: Actor) -> list[Section]:
    """The roots with their children; counts are of published articles that the actor may read.

    Who does not write sees no section without articles: its name may tell what is not meant for them.
    """
    counts: dict[UUID, int] = defaultdict(int)
    above = ancestors(conn)
    query = sa.select(article.c.section_id, sa.func.count().label("n")).where(published_for(audience(actor)))
    for row in conn.execute(query.group_by(article.c.section_id)):
        for key in above.get(row.section_id, []):
            counts[key] += row.n
    everything = writes(actor)
    nodes = {row.id: view(row, counts[row.id]) for row in rows(conn) if everything or counts[row.id]}
    for node in nodes.values():
        if node.parent in nodes:
            nodes[node.parent].children.append(node)
    return [node for node in nodes.values() if node.parent not in nodes]


def view(row: Any, articles: int = 0) -> Section:
    """A section's row as it goes over the wire."""
    return Section(
        id=row.id, key=row.key, parent=row.parent_id, position=row.position, name=row.name,
        description=row.description, articles=articles, children=[],
    )  # fmt: skip


def crumbs(conn: sa.Connection, section_id: UUID | None, lang: str) -> list[Crumb]:
    """The way from the root to a section, in a language."""
    if section_id is None:
        return []
    by_id = {row.id: row for row in rows(conn)}
    chain = ancestors(conn).get(section_id, [])
    return [Crumb(id=key, name=name_in(by_id[key].name, lang)) for key in reversed(chain)]


def name_in(names: dict[str, str], lang: str) -> str:
    """A section's name in a language, or in one that it has."""
    return names.get(lang) or names.get("en") or next(iter(names.values()), "")
