"""Which path belongs to which service, and which service hears which events: one table each."""

SERVICES = ("core", "triage", "kb", "portal")

# Longest prefix first. The configuration of the proxy in docker-compose is checked against this table.
PATHS: tuple[tuple[str, str], ...] = (
    ("/api/v1/recommendations", "triage"),
    ("/api/v1/triage", "triage"),
    ("/api/v1/kb", "kb"),
    ("/.well-known/jwks.json", "core"),
    ("/api", "core"),
    ("/", "portal"),
)

# A prefix of the event type, and the services that hear it.
EVENTS: dict[str, tuple[str, ...]] = {
    "core.ticket.": ("triage", "kb", "portal"),
    "core.message.": ("triage", "portal"),
    "core.mention.": ("portal",),
    "core.taxonomy.": ("triage", "portal"),
    "core.macro.": ("triage",),
    "core.staff.": ("triage",),
    "core.contact.": ("triage", "kb"),
    "core.answer.": ("kb",),
    "triage.decision.": ("core", "portal"),
    "triage.model.": ("core", "portal"),
    "triage.training.": ("portal",),
    "triage.incident.": ("core", "portal"),
    "kb.article.": ("triage", "portal"),
    "kb.session.": ("core",),
    "kb.question.": ("core",),
}


def owner_of(path: str) -> str | None:
    """The service that answers ``path``; None for what is never reachable from outside."""
    if path == "/internal" or path.startswith("/internal/"):
        return None
    return next(service for prefix, service in PATHS if _within(path, prefix))


def _within(path: str, prefix: str) -> bool:
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")
