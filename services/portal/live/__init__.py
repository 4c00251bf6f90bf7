"""Live updates of pages: small events that name what changed; pages fetch what they may see."""

from services.portal.live.routes import ROUTES

__all__ = ["ROUTES"]
