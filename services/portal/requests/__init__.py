"""A customer's requests: writing one with answers beside it, following it, replying."""

from services.portal.requests.routes import ROUTES as PAGES
from services.portal.requests.status import ROUTES as STATUS
from services.portal.requests.writing import ROUTES as WRITING

ROUTES = [*PAGES, *WRITING, *STATUS]
__all__ = ["ROUTES"]
