"""Triage's HTTP app."""

from litestar import Litestar
from litestar.di import Provide

from services.common.http import build_app
from services.common.service import Service
from services.triage.desk import Desk
from services.triage.ledger import routes as ledger
from services.triage.predict import routes as predict
from services.triage.recommend import routes as recommend
from services.triage.recommend import solved
from services.triage.registry import routes as registry
from services.triage.rules import routes as rules
from services.triage.train import routes as train
from services.triage.watch import routes as watch


def build(service: Service, desk: Desk) -> Litestar:
    """The app with every route of the contract."""

    def the_desk() -> Desk:
        return desk

    return build_app(
        service,
        [
            *predict.handlers,
            *registry.handlers,
            *train.handlers,
            *recommend.handlers,
            *ledger.handlers,
            *rules.handlers,
            *watch.handlers,
            *solved.handlers,
        ],
        dependencies={"desk": Provide(the_desk, sync_to_thread=False)},
    )
