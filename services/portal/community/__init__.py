"""The community: reading, asking, answering."""

from services.portal.community.routes import ROUTES

__all__ = ["ROUTES"]
