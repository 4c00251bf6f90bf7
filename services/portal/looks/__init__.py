"""The desk's looks as files: its colours and its logo."""

from services.portal.looks.routes import ROUTES

__all__ = ["ROUTES"]
