"""The one shape in which every channel hands over what it got."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from services.core.contract import Attachment, Author, SetBy


class Sender(Struct, kw_only=True):
    """Who wrote: a known contact, or an identity by which one is found or made.

    ``verified`` says that the channel vouches for the identity (somebody signed in, or staff typed it).
    """

    contact_id: UUID | None = None
    kind: str = "email"
    value: str = ""
    name: str = ""
    verified: bool = False


class StoredFile(Struct, kw_only=True):
    """Bytes that are in the file store already and wait for their message."""

    id: UUID
    name: str
    type: str
    size: int
    sha256: str
    file: str

    @property
    def shown(self) -> Attachment:
        """As it stands on the message."""
        return Attachment(id=self.id, name=self.name, size=self.size, type=self.type)


class Inbound(Struct, kw_only=True):
    """One message from outside. Text is clean already (see ``services.common.text``).

    ``values`` are ticket fields that the author may set, checked by the caller. ``threads`` are mail ids that
    it answers and ``number`` the ticket number that it quotes; both are hints, never proof. ``uploads`` are
    ids of files that ``uploader`` sent before.
    """

    channel: str
    sender: Sender
    subject: str
    text: str
    language: str
    html: str = ""
    quoted: str = ""
    external_id: str | None = None
    mail_id: str | None = None
    threads: list[str] = []
    number: int | None = None
    automatic: str = ""
    reply_to: str = "none"
    """What the signed address says: ``good`` (then ``number`` is proof), ``forged``, ``expired``, ``none``."""
    source: str | None = None
    digest: str = ""
    files: list[StoredFile] = []
    uploads: list[UUID] = []
    uploader: str = ""
    values: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    form: str | None = None
    presets: dict[str, Any] = {}
    """What the form sets where nobody did; a rule's word, which a model may make more precise."""
    suggestion_session: str | None = None
    setter: SetBy = "person"
    author: Author | None = None
    """Who made the ticket where that is not the requester: an agent, an API client."""
