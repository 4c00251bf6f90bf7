"""The demo desk's help centre: Markdown files into the knowledge base's own rows."""

import json
from datetime import datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.kb.articles import service as articles
from services.kb.contract import ArticleInput, SectionInput, TranslationInput
from services.kb.importing.markdown import front_matter
from services.kb.index import jobs as index_jobs
from services.kb.models import article, section
from services.kb.sections import service as sections

FEATURES = (index_jobs,)  # importing it registers the jobs that writing an article asks for
DATA = Path(__file__).parent / "data"
AUTHOR = Actor(
    id="demo", kind="service", roles=("service",), scopes=("kb:read", "kb:write"), name="Demo desk"
)


def load_sections(conn: sa.Connection) -> None:
    """Write the section tree once."""
    if conn.execute(sa.select(section.c.id).limit(1)).first() is not None:
        return
    made: dict[str, UUID] = {}
    for item in json.loads((DATA / "sections.json").read_text(encoding="utf-8")):
        given = SectionInput(key=item["key"], name=item["name"], description=item["description"],
                             parent=made.get(item["parent"] or ""), position=item["position"])  # fmt: skip
        made[item["key"]] = sections.create(conn, given).id


def names() -> list[str]:
    """The ids of all articles."""
    return sorted(path.stem for path in (DATA / "articles" / "en").glob("*.md"))


def load_articles(conn: sa.Connection, wanted: list[str], now: datetime) -> int:
    """Write the articles with these ids in both languages, but those that are there. Returns how many."""
    keys = {row.key: row.id for row in conn.execute(sa.select(section.c.key, section.c.id))}
    present = set(conn.execute(sa.select(article.c.external_id)).scalars())
    done = 0
    for name in wanted:
        external = f"demo:{name}"
        if external in present:
            continue
        texts = {}
        for lang in ("en", "es"):
            fields, body = front_matter((DATA / "articles" / lang / f"{name}.md").read_text(encoding="utf-8"))
            texts[lang] = TranslationInput(title=str(fields["title"]), body_markdown=body.strip(),
                                           summary=str(fields["summary"]), slug=str(fields["slug"]))  # fmt: skip
        given = ArticleInput(translations=texts, section=keys[str(fields["section"])], state="published",
                             faq=fields["faq"] == "true",
                             visibility=fields["visibility"],  # type: ignore[arg-type]  # checked by the service
            tags=[*fields["tags"], *fields["categories"]],
                             external_id=external)  # fmt: skip
        articles.create(conn, AUTHOR, given, now)
        done += 1
    return done
