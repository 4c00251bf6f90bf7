"""The help widget for other sites."""

from services.portal.widget.routes import ROUTES

__all__ = ["ROUTES"]
