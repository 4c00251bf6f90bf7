"""Alembic revisions of triage."""
