"""Contacts and organisations, staff and teams."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from services.core.contract.vocabulary import Input, Key, Translated


class ContactRef(Struct, kw_only=True):
    """A customer as a ticket shows them."""

    id: UUID
    name: str
    email: str | None = None
    tier: str | UnsetType = UNSET
    """``standard``, ``premium`` or ``vip``; staff only."""


class StaffRef(Struct, kw_only=True):
    id: UUID
    name: str
    email: str | UnsetType = UNSET


class OrganizationRef(Struct, kw_only=True):
    id: UUID
    name: str


class Identity(Struct, kw_only=True):
    """One way in which a contact reaches the desk."""

    kind: Literal["email", "phone", "whatsapp", "telegram", "portal", "social", "external"]
    value: str
    verified: bool = False


class Funnel(Struct, kw_only=True):
    """Where the customer stands in the sales funnel, by whose word and since when."""

    stage: str
    source: str
    at: datetime


class MergedContact(Struct, kw_only=True):
    """A contact that went into another, ``at`` when; ``tickets`` went along."""

    id: UUID
    name: str
    at: datetime
    tickets: int


class NewContactMerge(Input):
    """Body of ``PUT /api/v1/contacts/{contact_id}/merge``: the contact that goes on."""

    into: UUID


class Contact(Struct, kw_only=True):
    id: UUID
    name: str
    email: str | None
    identities: list[Identity]
    organization: OrganizationRef | None
    tier: str
    locale: str
    notes: str
    funnel: Funnel | None
    open_tickets: int
    tickets: int
    version: int
    created_at: datetime
    fields: dict[str, Any] = {}
    """What the desk keeps of its own about a contact, by key of the field."""
    merged_into: UUID | UnsetType = UNSET
    """The contact that this one turned out to be, where they go on."""
    merged: list[MergedContact] = []
    """Contacts that turned out to be this one; only where one contact is asked for."""


class ContactPage(Struct, kw_only=True):
    items: list[Contact]
    next_cursor: str | None = None


class ContactChanges(Input):
    version: int
    name: str | UnsetType = UNSET
    tier: Literal["standard", "premium", "vip"] | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    organization: str | UnsetType | None = UNSET
    """Name of the organisation, made when it does not exist; null takes the contact out."""
    add_identities: list[Identity] | UnsetType = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    """Merged key by key; a null value removes the key."""


class FunnelStage(Input):
    """``stage`` is the CRM's own word; empty takes it away."""

    email: str
    stage: str


class FunnelUpdate(Input):
    """What a CRM's adapter brings: stages by e-mail address, and whose they are."""

    stages: Annotated[list[FunnelStage], Meta(max_length=1000)]
    source: str = ""


class FunnelKept(Struct, kw_only=True):
    changed: int
    unknown: list[str]
    """Addresses that nobody here has."""


class Staff(Struct, kw_only=True):
    id: UUID
    name: str
    email: str
    roles: list[str]
    teams: list[str]
    """Keys of teams."""
    skills: list[str]
    """Keys of categories and tags that this person is good at."""
    languages: list[str]
    capacity: int
    load: int
    """Tickets assigned now that are not solved, closed or cancelled."""
    active: bool
    locale: str
    version: int


class NewStaff(Input):
    email: str
    name: str
    roles: list[Literal["light", "agent", "lead", "admin"]]
    password: str | None = None
    teams: list[str] = []
    skills: list[str] = []
    languages: list[str] = []
    capacity: int = 20
    locale: Literal["en", "es"] = "en"


class StaffChanges(Input):
    version: int
    name: str | UnsetType = UNSET
    roles: list[Literal["light", "agent", "lead", "admin"]] | UnsetType = UNSET
    teams: list[str] | UnsetType = UNSET
    skills: list[str] | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    capacity: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Team(Struct, kw_only=True):
    id: UUID
    key: str
    name: Translated
    description: Translated
    members: list[StaffRef]
    active: bool
    version: int


class NewTeam(Input):
    key: Key
    name: Translated
    description: Translated = {}
    members: list[UUID] = []


class TeamChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    description: Translated | UnsetType = UNSET
    members: list[UUID] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Person(Struct, kw_only=True):
    """Who an actor is, for themselves. ``kind`` as in the kernel's ``Actor``."""

    id: str
    kind: Literal["staff", "contact", "token", "service", "anonymous"]
    name: str
    email: str | None
    roles: list[str]
    scopes: list[str]
    locale: str
    teams: list[str] = []


class PersonChanges(Input):
    name: str | UnsetType = UNSET
    locale: Literal["en", "es"] | UnsetType = UNSET
    password: str | UnsetType = UNSET
    current_password: str | UnsetType = UNSET
