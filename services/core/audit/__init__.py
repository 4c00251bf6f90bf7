"""The record of every change: who, when, what it was, what it became. Rows are only ever added."""

from services.core.audit.record import note

__all__ = ["note"]
