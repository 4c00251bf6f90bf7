"""Notices: what readers answer to one, and whether they want them by mail."""

from services.portal.notices.routes import ROUTES

__all__ = ["ROUTES"]
