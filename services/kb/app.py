"""The knowledge base's HTTP app."""

from litestar import Litestar
from litestar.di import Provide

from services.common.http import build_app
from services.common.service import Service
from services.kb.articles import authoring, upkeep
from services.kb.articles import routes as articles
from services.kb.community import routes as community
from services.kb.desk import Desk
from services.kb.gaps import routes as gaps
from services.kb.index import routes as index
from services.kb.media import routes as media
from services.kb.search import routes as search
from services.kb.sections import routes as sections
from services.kb.suggestions import routes as suggestions


def build(service: Service, desk: Desk) -> Litestar:
    """The app with every route of the contract."""

    def the_desk() -> Desk:
        return desk

    return build_app(
        service,
        [
            *articles.handlers,
            *authoring.handlers,
            *upkeep.handlers,
            *media.handlers,
            *sections.handlers,
            *search.handlers,
            *suggestions.handlers,
            *index.handlers,
            *gaps.handlers,
            *community.handlers,
        ],
        dependencies={"desk": Provide(the_desk, sync_to_thread=False)},
    )
