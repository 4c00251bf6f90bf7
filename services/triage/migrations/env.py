"""Alembic environment of triage."""

from services.common.db.migrate import run_env
from services.triage.models import Base

run_env(Base.metadata)
