"""Core's app: every feature's routes in one list."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import NamedDependency, Provide

from services.common.errors import BadRequest
from services.common.http import Actor, build_app
from services.common.problems import handle_desk_error
from services.common.service import Service
from services.core.announcements.routes import routes as announcement_routes
from services.core.answers.routes import routes as answer_routes
from services.core.attachments.routes import routes as attachment_routes
from services.core.audit.routes import routes as audit_routes
from services.core.automation.routes import routes as rule_routes
from services.core.batches.routes import routes as batch_routes
from services.core.brand.routes import routes as brand_routes
from services.core.conversation.routes import routes as conversation_routes
from services.core.desk import Core
from services.core.fields.routes import routes as field_routes
from services.core.identity.routes import routes as identity_routes
from services.core.intake.routes import routes as intake_routes
from services.core.lifecycle.routes import routes as lifecycle_routes
from services.core.macros.routes import routes as macro_routes
from services.core.measure.routes import routes as number_routes
from services.core.messages.routes import routes as message_routes
from services.core.notifications.routes import routes as notification_routes
from services.core.operations.routes import routes as operation_routes
from services.core.outgoing.routes import routes as outgoing_routes
from services.core.people.routes import routes as people_routes
from services.core.privacy.routes import routes as privacy_routes
from services.core.products.routes import routes as product_routes
from services.core.push.routes import routes as push_routes
from services.core.relations.routes import routes as relation_routes
from services.core.satisfaction.routes import routes as satisfaction_routes
from services.core.sla.routes import routes as time_routes
from services.core.snapshot.routes import routes as snapshot_routes
from services.core.status_links.routes import routes as status_link_routes
from services.core.taxonomy.routes import routes as taxonomy_routes
from services.core.templates.routes import routes as template_routes
from services.core.tickets.beside import routes as beside_routes
from services.core.tickets.routes import routes as ticket_routes
from services.core.tickets.triage import routes as triage_routes
from services.core.views.routes import routes as view_routes
from services.core.workspace.routes import routes as workspace_routes

ROUTES = [
    *ticket_routes,
    *message_routes,
    *intake_routes,
    *outgoing_routes,
    *time_routes,
    *lifecycle_routes,
    *answer_routes,
    *satisfaction_routes,
    *product_routes,
    *beside_routes,
    *rule_routes,
    *notification_routes,
    *push_routes,
    *number_routes,
    *triage_routes,
    *relation_routes,
    *workspace_routes,
    *conversation_routes,
    *status_link_routes,
    *announcement_routes,
    *batch_routes,
    *attachment_routes,
    *view_routes,
    *taxonomy_routes,
    *brand_routes,
    *macro_routes,
    *field_routes,
    *template_routes,
    *people_routes,
    *privacy_routes,
    *identity_routes,
    *audit_routes,
    *operation_routes,
    *snapshot_routes,
]


def not_utf8(request: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[bytes]:
    """JSON that is not UTF-8: the decoder says so in an exception of its own."""
    return handle_desk_error(request, BadRequest("The body is not UTF-8."))


def make_app(service: Service, core: Core) -> Litestar:
    """The app over ``core``, which every handler may ask for."""

    def of_actor(actor: NamedDependency[Actor]) -> Core:
        """Asking for the actor puts the two behind each other: side by side, each request would start tasks."""
        return core

    return build_app(
        service,
        ROUTES,
        dependencies={"core": Provide(of_actor, sync_to_thread=False)},
        exception_handlers={UnicodeDecodeError: not_utf8},
    )
