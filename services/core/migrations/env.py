"""Alembic's entry: the kernel runs it on the connection that it opened."""

from services.common.db.migrate import run_env
from services.core.models import metadata

run_env(metadata)
