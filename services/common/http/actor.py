"""Who acts: the identity that every repository filters by."""

import msgspec

from services.common.errors import Forbidden, Unauthorized

STAFF_ROLES = frozenset({"light", "agent", "lead", "admin"})
READ_ALL = ("tickets:read", "tickets:write", "triage:read", "triage:write", "kb:read", "kb:write")
ROLE_SCOPES: dict[str, tuple[str, ...]] = {
    "customer": ("tickets:read", "tickets:write", "kb:read"),
    "light": ("tickets:read", "tickets:write", "kb:read"),
    "agent": (*READ_ALL[:3], "kb:read", "kb:write"),
    "lead": READ_ALL,
    "admin": (*READ_ALL, "admin"),
    "service": (*READ_ALL, "admin", "internal"),
}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A person, a client with an API token, or a service. ``id`` is empty for a visitor.

    ``kind`` is ``staff``, ``contact``, ``token``, ``service`` or ``anonymous``. ``scopes`` limit what the
    actor may do at all; what it may see is decided beside each query.
    """

    id: str = ""
    kind: str = "anonymous"
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    locale: str = ""
    epoch: int = 0

    @property
    def is_staff(self) -> bool:
        """Agents, leads, admins and light agents; API tokens count as the staff they act for."""
        return self.kind in {"staff", "token", "service"}

    @property
    def is_agent(self) -> bool:
        """May work on any ticket: staff that is not a light agent."""
        return self.is_staff and "light" not in self.roles

    @property
    def is_admin(self) -> bool:
        """May change the desk itself."""
        return self.is_staff and "admin" in self.scopes

    @property
    def is_lead(self) -> bool:
        """May look after others' work: leads, admins and services."""
        return self.is_admin or "lead" in self.roles

    @property
    def is_service(self) -> bool:
        """Another service of the suite, on nobody's behalf."""
        return self.kind == "service"

    def can(self, scope: str) -> bool:
        """Whether the actor holds ``scope``."""
        return scope in self.scopes or ("admin" in self.scopes and scope != "internal")


ANONYMOUS = Actor(kind="anonymous", scopes=("kb:read",))


def scopes_of(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes that a person with ``roles`` has."""
    return tuple(sorted({scope for role in roles for scope in ROLE_SCOPES.get(role, ())}))


def require(actor: Actor, scope: str) -> None:
    """Raise :class:`Unauthorized` for a visitor and :class:`Forbidden` for anyone else without ``scope``."""
    if actor.can(scope):
        return
    if actor.kind == "anonymous":
        raise Unauthorized
    raise Forbidden(f"This needs the scope {scope}.")
