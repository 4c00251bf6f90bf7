"""The agent workspace: queue, conversation, and Triaje beside it."""

from services.portal.agent.actions import ROUTES as ACTIONS
from services.portal.agent.around import ROUTES as AROUND
from services.portal.agent.beside import ROUTES as BESIDE
from services.portal.agent.customers import ROUTES as CUSTOMERS
from services.portal.agent.details import ROUTES as DETAILS
from services.portal.agent.knowledge import ROUTES as KNOWLEDGE
from services.portal.agent.macro_pages import ROUTES as MACRO_PAGES
from services.portal.agent.macros import ROUTES as MACROS
from services.portal.agent.me import ROUTES as ME
from services.portal.agent.opening import ROUTES as OPENING
from services.portal.agent.resolution import ROUTES as RESOLUTION
from services.portal.agent.routes import ROUTES as PAGES
from services.portal.agent.searching import ROUTES as SEARCHING
from services.portal.agent.together import ROUTES as TOGETHER

ROUTES = [
    *PAGES,
    *ACTIONS,
    *SEARCHING,
    *TOGETHER,
    *AROUND,
    *MACROS,
    *MACRO_PAGES,
    *RESOLUTION,
    *DETAILS,
    *OPENING,
    *CUSTOMERS,
    *BESIDE,
    *ME,
    *KNOWLEDGE,
]
__all__ = ["ROUTES"]
