"""``/styleguide``: every component in every state."""

from services.portal.styleguide.routes import ROUTES

__all__ = ["ROUTES"]
