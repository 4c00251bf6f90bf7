"""An article in the editor: from what is stored, from what was sent, from what was typed and not saved."""

from datetime import datetime

import msgspec

from services.common.errors import DeskError
from services.kb.contract import Article, ArticleDraft
from services.portal.web.forms import Form
from services.portal.web.labels import N_
from services.portal.web.viewer import LOCALES, Viewer

WRONG = {
    "past": N_("A moment to publish or archive has passed already."),
    "order": N_("It would be archived before it appears."),
    "moment": N_("A moment is not a date and time."),
    "state": N_("Only drafts are reviewed."),
    "kb.media_refused": N_("Articles show PNG, JPEG, GIF and WebP images, and MP4 and WebM videos."),
    "kb.media_too_large": N_(
        "The file is too large: images have at most 8 MB and 40 megapixels, videos 24 MB."
    ),
    "too_large": N_("The file is too large: images have at most 8 MB and 40 megapixels, videos 24 MB."),
    "required": N_("Something is missing: name a reviewer, or say what to change."),
}


class Editing(msgspec.Struct, kw_only=True):
    """An article in the editor. ``texts`` maps a language to title, summary and Markdown.

    Moments are as the browser writes them, in the author's zone. ``kept_at`` is when what is shown was kept unsaved.
    """

    id: str = ""
    version: int = 0
    state: str = "draft"
    visibility: str = "public"
    faq: bool = False
    section: str = ""
    tags: str = ""
    texts: dict[str, dict[str, str]]
    slugs: dict[str, str] = {}
    outdated: list[str] = []
    publish_at: str = ""
    archive_at: str = ""
    reviewer: str = ""
    reviewer_name: str = ""
    kept_at: datetime | None = None
    error: str = ""
    conflict: str = ""


def said(error: DeskError) -> str:
    """Why something was refused, as a message to be translated."""
    code = error.errors[0].code if error.errors else error.code
    plain = error.errors[0].message if error.errors else error.detail or error.title
    return WRONG.get(code, plain)


def with_draft(wanted: Editing, kept: ArticleDraft | None) -> Editing:
    """The editor with what its author typed and did not save."""
    if kept is None:
        return wanted
    typed = editing_from(Form({"id": wanted.id, **kept.fields}, {}, []))
    for name in ("state", "visibility", "faq", "section", "tags", "publish_at", "archive_at"):
        setattr(wanted, name, getattr(typed, name))
    wanted.texts |= typed.texts
    wanted.kept_at = kept.at
    return wanted


def editing_of(article: Article, viewer: Viewer) -> Editing:
    """A stored article, ready for the editor."""
    texts = {
        lang: {"title": t.title, "summary": t.summary, "body": t.body_markdown}
        for lang, t in article.translations.items()
    }
    return Editing(
        id=str(article.id),
        version=article.version,
        state=article.state,
        visibility=article.visibility,
        faq=article.faq,
        section=str(article.section or ""),
        tags=", ".join(article.tags),
        texts={lang: texts.get(lang, {}) for lang in dict.fromkeys([*LOCALES, *texts])},
        slugs={lang: t.slug for lang, t in article.translations.items()},
        outdated=[lang for lang, t in article.translations.items() if t.outdated],
        publish_at=_local(viewer, article.publish_at),
        archive_at=_local(viewer, article.archive_at),
        reviewer=article.reviewer or "",
        reviewer_name=article.reviewer_name,
    )


def _local(viewer: Viewer, moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(viewer.tz).strftime("%Y-%m-%dT%H:%M")


def editing_from(form: Form) -> Editing:
    """What the author sent."""
    return Editing(
        id=form.text("id", 40),
        version=form.number("version"),
        state=form.text("state", 20) or "draft",
        visibility=form.text("visibility", 20) or "public",
        faq=form.flag("faq"),
        section=form.text("section", 40),
        tags=form.text("tags", 1000),
        publish_at=form.text("publish_at", 30),
        archive_at=form.text("archive_at", 30),
        reviewer=form.text("reviewer_now", 40),
        reviewer_name=form.text("reviewer_name", 200),
        texts={
            lang: {
                "title": form.text(f"title_{lang}", 300),
                "summary": form.text(f"summary_{lang}", 1000),
                "body": form.whole(f"body_{lang}"),
            }
            for lang in LOCALES
        },
    )
