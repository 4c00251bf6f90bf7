"""Writing the section tree."""

import re
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import FieldError
from services.common.ids import uuid7
from services.common.text import single_line
from services.kb.contract import Section, SectionInput, SectionMove, SectionPatch
from services.kb.errors import InvalidSection, SectionNotEmpty, SectionNotFound
from services.kb.index.queue import wish_indexed
from services.kb.models import article, section
from services.kb.sections.repository import ancestors, subtree, view

DEEPEST = 6
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def create(conn: sa.Connection, given: SectionInput) -> Section:
    """Store a section. Raises :class:`InvalidSection`; a key that is taken is invalid too."""
    errors = []
    if not _KEY.fullmatch(given.key):
        errors.append(FieldError("key", "has other than lower-case letters, digits, - and _", "key"))
    elif conn.execute(sa.select(section.c.id).where(section.c.key == given.key)).first() is not None:
        errors.append(FieldError("key", "is taken", "taken"))
    name = _texts(given.name)
    if not name:
        errors.append(FieldError("name", "is empty", "required"))
    if errors:
        raise InvalidSection(errors=errors)
    if given.parent is not None:
        _must_exist(conn, given.parent)
        _check_depth(conn, given.parent)
    section_id = uuid7()
    conn.execute(section.insert().values(
        id=section_id, key=given.key, parent_id=given.parent, position=given.position, name=name,
        description=_texts(given.description),
    ))  # fmt: skip
    return _view(conn, section_id)


def change(conn: sa.Connection, section_id: UUID, patch: SectionPatch) -> Section:
    """Change a section; one that is moved takes its articles along, and the index follows."""
    _must_exist(conn, section_id)
    values: dict[str, Any] = {}
    if patch.name is not UNSET:
        values["name"] = _texts(patch.name)
        if not values["name"]:
            raise InvalidSection(errors=[FieldError("name", "is empty", "required")])
    if patch.description is not UNSET:
        values["description"] = _texts(patch.description)
    if patch.position is not UNSET:
        values["position"] = patch.position
    if patch.parent is not UNSET:
        _check_parent(conn, section_id, patch.parent)
        values["parent_id"] = patch.parent
    if values:
        conn.execute(section.update().where(section.c.id == section_id).values(**values))
    if "parent_id" in values:
        inside = sa.select(article.c.id).where(
            article.c.section_id.in_(subtree(conn, section_id)), article.c.state == "published"
        )
        wish_indexed(conn, list(conn.execute(inside).scalars()))
    return _view(conn, section_id)


def move(conn: sa.Connection, section_id: UUID, to: SectionMove) -> Section:
    """Put a section at a place among its new siblings, who are numbered anew."""
    row = conn.execute(sa.select(section).where(section.c.id == section_id)).first()
    if row is None:
        raise SectionNotFound
    if to.parent != row.parent_id:
        change(conn, section_id, SectionPatch(parent=to.parent))
    order = (section.c.position, section.c.key)
    here = sa.and_(section.c.parent_id.is_not_distinct_from(to.parent), section.c.id != section_id)
    siblings = list(conn.execute(sa.select(section.c.id).where(here).order_by(*order)).scalars())
    siblings.insert(max(0, to.place), section_id)
    places = [{"which": one, "place": place} for place, one in enumerate(siblings)]
    numbered = section.update().where(section.c.id == sa.bindparam("which"))
    conn.execute(numbered.values(position=sa.bindparam("place")), places)
    return _view(conn, section_id)


def remove(conn: sa.Connection, section_id: UUID) -> None:
    """Remove a section. Raises :class:`SectionNotEmpty` while articles or sections are in it."""
    _must_exist(conn, section_id)
    for column in (article.c.section_id, section.c.parent_id):
        if conn.execute(sa.select(column).where(column == section_id).limit(1)).first() is not None:
            raise SectionNotEmpty
    conn.execute(section.delete().where(section.c.id == section_id))


def _check_parent(conn: sa.Connection, section_id: UUID, parent: UUID | None) -> None:
    if parent is None:
        return
    _must_exist(conn, parent)
    if parent in subtree(conn, section_id):
        raise InvalidSection(errors=[FieldError("parent", "lies inside the section itself", "cycle")])
    _check_depth(conn, parent)


def _check_depth(conn: sa.Connection, parent: UUID) -> None:
    if len(ancestors(conn)[parent]) >= DEEPEST:
        raise InvalidSection(errors=[FieldError("parent", f"lies {DEEPEST} levels deep already", "too_deep")])


def _must_exist(conn: sa.Connection, section_id: UUID) -> None:
    if conn.execute(sa.select(section.c.id).where(section.c.id == section_id)).first() is None:
        raise SectionNotFound


def _texts(given: dict[str, str]) -> dict[str, str]:
    clean = {lang: single_line(text, 500) for lang, text in given.items()}
    return {
        lang: text
        for lang, text in clean.items()
        if text and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", lang)
    }


def _view(conn: sa.Connection, section_id: UUID) -> Section:
    return view(conn.execute(sa.select(section).where(section.c.id == section_id)).one())
