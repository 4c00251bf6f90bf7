"""Signing in and out, and the preferences of a browser."""

from services.portal.session.routes import ROUTES

__all__ = ["ROUTES"]
