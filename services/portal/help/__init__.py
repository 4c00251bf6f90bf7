"""The help centre: search, sections, articles."""

from services.portal.help.machines import ROUTES as MACHINES
from services.portal.help.media import ROUTES as MEDIA
from services.portal.help.routes import ROUTES as PAGES

ROUTES = [*PAGES, *MACHINES, *MEDIA]

__all__ = ["ROUTES"]
