"""What triage's features share: its database, its neighbours, its model. Jobs find it as ``ctx.service``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.common.clock import Clock
from services.common.db import Database
from services.common.jobs import Jobs
from services.common.settings import Settings
from services.core.client import CoreClient
from services.kb.client import KbClient
from services.triage.examples.solved import Solved
from services.triage.reader import Reader
from services.triage.recommend.privacy import Privacy
from services.triage.recommend.service import Recommender
from services.triage.registry.artefacts import Artefacts
from services.triage.registry.serving import Serving
from services.triage.route.service import Router
from services.triage.settings import Options
from services.triage.taxonomy.store import TaxonomyStore


@dataclass
class Desk:
    """The wiring object of triage."""

    settings: Settings
    options: Options
    db: Database
    clock: Clock
    jobs: Jobs
    core: CoreClient
    kb: KbClient
    reader: Reader
    taxonomy: TaxonomyStore
    artefacts: Artefacts
    serving: Serving
    solved: Solved
    privacy: Privacy
    recommender: Recommender
    router: Router
    live: Any = None
    offline: bool = False
    """Whether this is a command beside no server: neighbours are away, the vector folder is not ours."""

    @property
    def models(self) -> Path:
        """The folder of model files."""
        return self.artefacts.folder
