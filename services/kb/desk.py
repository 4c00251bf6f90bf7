"""What the knowledge base's handlers and jobs work with: built once by `wiring`."""

from dataclasses import dataclass

from services.common.clock import Clock
from services.common.db import Database
from services.common.files import Files
from services.common.jobs import Jobs
from services.common.live import Live
from services.common.outside import Outside
from services.common.settings import Settings
from services.core.client import CoreClient
from services.kb.index.service import SearchIndex
from services.kb.limits import Limits
from services.kb.search.engine import SearchEngine
from services.kb.settings import Options


@dataclass
class Desk:
    """The service's parts. Jobs find it as `ctx.service`, handlers as the dependency `desk`."""

    settings: Settings
    options: Options
    db: Database
    clock: Clock
    jobs: Jobs
    live: Live
    index: SearchIndex
    engine: SearchEngine
    limits: Limits
    core: CoreClient
    files: Files
    outside: Outside
