"""What can go wrong with the desk's words."""

from services.common.errors import Conflict, NotFound


class NotKnown(NotFound):
    code, title = "core.not_known", "There is no such entry"


class KeyTaken(Conflict):
    code, title = "core.key_taken", "The key is taken; keys are never used twice"


class Stale(Conflict):
    """Carries the current version under ``version``."""

    code, title = "core.stale_version_of_entry", "The entry changed meanwhile"
