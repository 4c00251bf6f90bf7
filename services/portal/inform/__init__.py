"""Being told: a colleague's notifications, and the questions that a customer gets afterwards."""

from services.portal.inform.push import ROUTES as PUSH
from services.portal.inform.ratings import ROUTES as RATINGS
from services.portal.inform.routes import ROUTES as TOLD

ROUTES = [*TOLD, *RATINGS, *PUSH]
__all__ = ["ROUTES"]
