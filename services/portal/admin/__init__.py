"""The administration: models, taxonomy, people, articles, dead letters."""

from services.portal.admin.articles import ROUTES as ARTICLES
from services.portal.admin.authoring import ROUTES as AUTHORING
from services.portal.admin.automation import ROUTES as AUTOMATION
from services.portal.admin.brand import ROUTES as BRAND
from services.portal.admin.builder import ROUTES as BUILDER
from services.portal.admin.community import ROUTES as COMMUNITY
from services.portal.admin.deflection import ROUTES as DEFLECTION
from services.portal.admin.editing import ROUTES as EDITING
from services.portal.admin.fields import ROUTES as FIELDS
from services.portal.admin.gaps import ROUTES as GAPS
from services.portal.admin.knowledge import ROUTES as KNOWLEDGE
from services.portal.admin.model_watch import ROUTES as WATCH
from services.portal.admin.models import ROUTES as MODELS
from services.portal.admin.notices import ROUTES as NOTICES
from services.portal.admin.outbox import ROUTES as OUTBOX
from services.portal.admin.products import ROUTES as PRODUCTS
from services.portal.admin.routes import ROUTES as DESK
from services.portal.admin.satisfaction import ROUTES as SATISFACTION
from services.portal.admin.sections import ROUTES as SECTIONS
from services.portal.admin.statuses import ROUTES as STATUSES
from services.portal.admin.templates import ROUTES as TEMPLATES
from services.portal.admin.times import ROUTES as TIMES
from services.portal.admin.upkeep import ROUTES as UPKEEP

ROUTES = [
    *DESK,
    *MODELS,
    *WATCH,
    *ARTICLES,
    *AUTHORING,
    *KNOWLEDGE,
    *SECTIONS,
    *DEFLECTION,
    *OUTBOX,
    *BRAND,
    *COMMUNITY,
    *NOTICES,
    *TIMES,
    *SATISFACTION,
    *STATUSES,
    *PRODUCTS,
    *AUTOMATION,
    *GAPS,
    *EDITING,
    *UPKEEP,
    *FIELDS,
    *BUILDER,
    *TEMPLATES,
]
__all__ = ["ROUTES"]
