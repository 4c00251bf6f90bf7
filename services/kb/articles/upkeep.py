"""Keeping the knowledge base over HTTP: links, switches, numbers, the whole of it as an archive."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from litestar import get, patch, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from litestar.response import File

from services.common.http import Actor, require
from services.kb import switches
from services.kb.articles import numbers
from services.kb.articles.jobs import CHECK_LINKS
from services.kb.articles.policy import must_write
from services.kb.contract import ArticleNumbers, KbSettings, KbSettingsPatch
from services.kb.desk import Desk
from services.kb.importing import archive
from services.kb.search.log import since

BASE = "/api/v1/kb"


@post(BASE + "/links", status_code=202)
async def check_links(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> None:
    """Look at every link now; it takes minutes, behind the answer."""
    must_write(actor)
    await desk.db.write(lambda conn: desk.jobs.enqueue(conn, CHECK_LINKS, {}))


@get(BASE + "/settings")
async def settings(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> KbSettings:
    """What an admin has switched."""
    must_write(actor)
    return await desk.db.read(switches.load)


@patch(BASE + "/settings")
async def switch(
    data: JSONBody[KbSettingsPatch], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> KbSettings:
    """Switch something; for admins."""
    require(actor, "admin")
    now = desk.clock.now()
    return await desk.db.write(lambda conn: switches.change(conn, actor, data, now))


@get(BASE + "/reports/articles")
async def article_numbers(
    actor: NamedDependency[Actor], desk: NamedDependency[Desk], days: FromQuery[int] = 30
) -> list[ArticleNumbers]:
    """What each article was worth over a period, the most read first."""
    require(actor, "kb:write")
    start = since(desk.clock.now(), days)
    return await desk.db.read(lambda conn: numbers.report(conn, start, actor.locale))


@get(BASE + "/archive")
async def download(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> File:
    """Every article with its images as one zip of Markdown, which `triaje kb import` takes back."""
    require(actor, "admin")
    with NamedTemporaryFile(prefix="triaje-kb-", suffix=".zip", delete=False) as target:
        path = Path(target.name)
    await archive.export(desk.db, desk.files, path)
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return File(path, filename="knowledge-base.zip", media_type="application/zip", background=gone)


handlers = [check_links, settings, switch, article_numbers, download]
