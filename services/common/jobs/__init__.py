"""Jobs: the ``job`` table is the queue, dramatiq is the bell that says a row is there."""

from services.common.jobs.bell import Bell
from services.common.jobs.ledger import JobView, cancel_job, get_job, list_jobs, retry_job, worked_since
from services.common.jobs.registry import Cancelled, JobContext, Jobs
from services.common.jobs.runner import Runner

__all__ = [
    "Bell",
    "Cancelled",
    "JobContext",
    "JobView",
    "Jobs",
    "Runner",
    "cancel_job",
    "get_job",
    "list_jobs",
    "retry_job",
    "worked_since",
]
