"""What can go wrong with a model version."""

from services.common.errors import Conflict, NotFound

FORGOTTEN = "its files were removed, because they held tickets of a person who was erased"


class ModelUnknown(NotFound):
    """There is no such version."""

    code, title = "triage.model_unknown", "There is no such model version"


class ModelUnusable(Conflict):
    """The version cannot serve: its files are missing, altered, or made for something else."""

    code, title = "triage.model_unusable", "This model version cannot serve"


class NothingBefore(Conflict):
    """There is no champion to go back to."""

    code, title = "triage.nothing_before", "There is no earlier champion to return to"
