"""Core's background work: the list that features add to."""

from services.common.jobs import Jobs

jobs = Jobs("core")
