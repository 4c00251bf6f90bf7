"""Writing articles: units of work that keep versions, slugs, passages and events in step."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import FieldError
from services.common.events import record
from services.common.http import Actor
from services.common.ids import uuid7
from services.kb.articles import repository, review
from services.kb.articles.dead import forget_changed
from services.kb.articles.schedule import times
from services.kb.articles.slug import numbered, slugify
from services.kb.articles.validate import clean_tags, clean_translations
from services.kb.contract import (
    ARTICLE_ARCHIVED,
    ARTICLE_PUBLISHED,
    Article,
    ArticleEvent,
    ArticleInput,
    ArticlePatch,
    TranslationInput,
)
from services.kb.errors import ArticleNotFound, InvalidArticle, SectionNotFound, SlugTaken, StaleArticle
from services.kb.index.queue import wish_indexed
from services.kb.media.uses import note_uses
from services.kb.models import (
    article,
    article_day,
    article_review,
    article_tag,
    article_version,
    dead_link,
    former_slug,
    media_use,
    section,
    translation,
)
from services.kb.passages import store
from services.kb.passages.cut import summarise
from services.kb.search.analysis import fold

VERSIONS_KEPT = 100  # saved states of one language; beyond it the oldest go


def create(
    conn: sa.Connection, actor: Actor, given: ArticleInput, now: datetime, *, article_id: UUID | None = None
) -> Article:
    """Store a new article. Raises :class:`InvalidArticle`, :class:`SlugTaken`, :class:`SectionNotFound`."""
    texts = {
        lang: text for lang, text in clean_translations(dict(given.translations)).items() if text is not None
    }
    if not texts:
        raise InvalidArticle(errors=[FieldError("translations", "needs at least one language", "required")])
    _known_section(conn, given.section)
    article_id = article_id or uuid7()
    conn.execute(article.insert().values(
        id=article_id, section_id=given.section, state=given.state, visibility=given.visibility, faq=given.faq,
        version=1, external_id=given.external_id, created_by=actor.id, created_at=now, updated_at=now,
        published_at=now if given.state == "published" else None, views=0, helpful=0, unhelpful=0,
    ))  # fmt: skip
    _set_tags(conn, article_id, clean_tags(given.tags))
    for lang, text in texts.items():
        _write_text(conn, actor, article_id, lang, text, now)
    return _written(conn, article_id, was_published=False)


def update(
    conn: sa.Connection, actor: Actor, article_id: UUID, patch: ArticlePatch, now: datetime
) -> Article:
    """Change an article against the version that the author read.

    Raises :class:`StaleArticle` with the current state where somebody was faster.
    """
    row = conn.execute(sa.select(article).where(article.c.id == article_id).with_for_update()).first()
    if row is None:
        raise ArticleNotFound
    if patch.version != row.version:
        raise StaleArticle(current=msgspec.to_builtins(repository.load(conn, row)))
    values: dict[str, Any] = {"version": row.version + 1, "updated_at": now}
    for field in ("state", "visibility", "faq"):
        if (value := getattr(patch, field)) is not UNSET:
            values[field] = value
    if patch.section is not UNSET:
        _known_section(conn, patch.section)
        values["section_id"] = patch.section
    values |= times(patch, row, now)
    if values.get("state") not in (None, row.state):
        values |= review.settled(actor, row, values["state"])
    if values.get("state") == "published" and row.published_at is None:
        values["published_at"] = now
    conn.execute(article.update().where(article.c.id == article_id).values(**values))
    if patch.tags is not UNSET:
        _set_tags(conn, article_id, clean_tags(patch.tags))
    if patch.translations is not UNSET:
        _change_texts(conn, actor, article_id, patch.translations, now)
    return _written(conn, article_id, was_published=row.state == "published")


def delete(conn: sa.Connection, article_id: UUID) -> None:
    """Remove an article for good, with its versions; archiving keeps it."""
    row = conn.execute(sa.select(article).where(article.c.id == article_id)).first()
    if row is None:
        raise ArticleNotFound
    if row.state == "published":
        _announce(conn, ARTICLE_ARCHIVED, repository.load(conn, row))
    wish_indexed(conn, [article_id])
    store.remove(conn, [article_id])
    for table in (article_tag, article_version, article_review, former_slug, media_use, dead_link, article_day,
                  translation):  # fmt: skip
        conn.execute(table.delete().where(table.c.article_id == article_id))
    conn.execute(article.delete().where(article.c.id == article_id))


def restore(
    conn: sa.Connection, actor: Actor, article_id: UUID, lang: str, number: int, version: int, now: datetime
) -> Article:
    """Bring a saved state of a language back as its newest one; nothing in between is lost."""
    for state in repository.versions(conn, article_id, lang):
        if state.number == number:
            text = TranslationInput(
                title=state.title, body_markdown=state.body_markdown, summary=state.summary
            )
            return update(
                conn, actor, article_id, ArticlePatch(version=version, translations={lang: text}), now
            )
    raise ArticleNotFound("There is no such version.")


def _written(conn: sa.Connection, article_id: UUID, *, was_published: bool) -> Article:
    """Announce what changed for readers, and have the index follow."""
    row = conn.execute(sa.select(article).where(article.c.id == article_id)).one()
    stored = repository.load(conn, row)
    bodies = [text.body_markdown for text in stored.translations.values()]
    note_uses(conn, article_id, bodies)
    forget_changed(conn, article_id, bodies)
    published = stored.state == "published"
    if published:
        _announce(conn, ARTICLE_PUBLISHED, stored)
    elif was_published:
        _announce(conn, ARTICLE_ARCHIVED, stored)
        # At once and not by the job: what was taken back must not be found for a moment longer.
        store.remove(conn, [article_id])
    if published or was_published:
        wish_indexed(conn, [article_id])
    return stored


def _announce(conn: sa.Connection, event: str, stored: Article) -> None:
    body = ArticleEvent(
        article=stored.id,
        version=stored.version,
        languages=list(stored.translations),
        visibility=stored.visibility,
    )
    record(conn, event, msgspec.to_builtins(body))


def _change_texts(
    conn: sa.Connection,
    actor: Actor,
    article_id: UUID,
    given: dict[str, TranslationInput | None],
    now: datetime,
) -> None:
    for lang, text in clean_translations(given).items():
        if text is not None:
            _write_text(conn, actor, article_id, lang, text, now)
            continue
        conn.execute(
            translation.delete().where(translation.c.article_id == article_id, translation.c.lang == lang)
        )
    here = sa.select(sa.func.count()).where(translation.c.article_id == article_id)
    if not conn.execute(here).scalar_one():
        raise InvalidArticle(errors=[FieldError("translations", "needs at least one language", "required")])


def _write_text(
    conn: sa.Connection, actor: Actor, article_id: UUID, lang: str, text: TranslationInput, now: datetime
) -> None:
    here = sa.and_(translation.c.article_id == article_id, translation.c.lang == lang)
    old = conn.execute(sa.select(translation).where(here)).first()
    summary = text.summary if text.summary is not None else summarise(text.body_markdown)
    new = (text.title, summary, text.body_markdown)
    same_words = old is not None and (old.title, old.summary, old.body_markdown) == new
    if old is not None and same_words and text.slug in (None, old.slug):
        return
    number = _next_number(conn, article_id, lang)
    slug = _free_slug(conn, article_id, lang, text, old.slug if old is not None else None)
    values = {
        "title": text.title, "title_folded": fold(text.title)[:400], "slug": slug, "summary": summary,
        "body_markdown": text.body_markdown, "version": number, "updated_at": now,
    }  # fmt: skip
    if old is None:
        conn.execute(translation.insert().values(article_id=article_id, lang=lang, **values))
    else:
        conn.execute(translation.update().where(here).values(**values))
        if old.slug != slug:
            _remember_slug(conn, article_id, lang, old.slug)
    conn.execute(former_slug.delete().where(former_slug.c.lang == lang, former_slug.c.slug == slug))
    conn.execute(article_version.insert().values(
        article_id=article_id, lang=lang, number=number, title=text.title, summary=summary,
        body_markdown=text.body_markdown, author_id=actor.id, author_name=actor.name or actor.kind, at=now,
    ))  # fmt: skip
    conn.execute(article_version.delete().where(
        article_version.c.article_id == article_id, article_version.c.lang == lang,
        article_version.c.number <= number - VERSIONS_KEPT,
    ))  # fmt: skip


def _next_number(conn: sa.Connection, article_id: UUID, lang: str) -> int:
    """A language that was removed and written again goes on counting: its old states are still there."""
    here = sa.and_(article_version.c.article_id == article_id, article_version.c.lang == lang)
    return int(conn.execute(sa.select(sa.func.max(article_version.c.number)).where(here)).scalar() or 0) + 1


def _free_slug(
    conn: sa.Connection, article_id: UUID, lang: str, text: TranslationInput, old: str | None
) -> str:
    """The author's slug, else the one that the article has, else the title's with the first free number."""
    if text.slug is None and old is not None:
        return old
    wanted = text.slug or slugify(text.title)
    # "a\uffff" sorts after every number behind the slug: one range of the index, no wildcard.
    near = sa.select(translation.c.slug).where(
        translation.c.lang == lang, translation.c.article_id != article_id,
        sa.or_(translation.c.slug == wanted, translation.c.slug.between(wanted + "-", wanted + "-\uffff")),
    )  # fmt: skip
    taken = set(conn.execute(near).scalars())
    if text.slug is not None and wanted in taken:
        raise SlugTaken(
            errors=[FieldError(f"translations.{lang}.slug", "is the address of another article", "taken")]
        )
    count = 1
    while numbered(wanted, count) in taken:
        count += 1
    return numbered(wanted, count)


def _remember_slug(conn: sa.Connection, article_id: UUID, lang: str, slug: str) -> None:
    conn.execute(former_slug.delete().where(former_slug.c.lang == lang, former_slug.c.slug == slug))
    conn.execute(former_slug.insert().values(lang=lang, slug=slug, article_id=article_id))


def _set_tags(conn: sa.Connection, article_id: UUID, tags: list[str]) -> None:
    conn.execute(article_tag.delete().where(article_tag.c.article_id == article_id))
    if tags:
        conn.execute(article_tag.insert(), [{"article_id": article_id, "tag": tag} for tag in tags])


def _known_section(conn: sa.Connection, section_id: UUID | None) -> None:
    if section_id is None:
        return
    if conn.execute(sa.select(section.c.id).where(section.c.id == section_id)).first() is None:
        raise SectionNotFound
