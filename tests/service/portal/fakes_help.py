"""What core does for customers beside tickets: links to one request, the desk's looks, its notices."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from services.common.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from services.core import contract as c
from services.core.brand import colour, store
from services.core.brand.logo import measured
from services.kb import contract as k

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class HelpingCore:
    """The part of the fake core that customers' pages ask; ``status_links`` are the links that hold."""

    away: bool
    timelines: dict[int, list[c.TimelineEntry]]

    def __init__(self) -> None:
        self.status_links: dict[str, int] = {"1042.99.0.abc.def": 1042}
        self.by_link: list[tuple[str, str]] = []
        self.told: list[c.Announcement] = []
        self.affects: list[tuple[UUID, str, str | None]] = []
        self.wishes: dict[str, bool] = {"abc.def": True}
        self.asked_for_notices = 0
        self.look, self.picture = store.Stored(), b""

    def _number(self, link: str) -> int:
        if link not in self.status_links:
            raise NotFound
        return self.status_links[link]

    async def request_status(self, link: str) -> c.RequestStatus:
        number = self._number(link)
        items = [e for e in self.timelines[number] if e.kind == "reply"]
        return c.RequestStatus(
            number=number, subject="Cobro duplicado en mi tarjeta", status="open", over=False, created_at=AT,
            expires_at=AT + timedelta(days=30), items=items,
        )  # fmt: skip

    async def reply_by_link(self, link: str, body: str, *, idempotency_key: str | None) -> Any:
        self._number(link)
        if self.away:
            raise Unavailable
        self.by_link.append((link, body))

    async def file_by_link(self, link: str, attachment: Any) -> httpx.Response:
        self._number(link)
        return httpx.Response(
            200, content=b"bytes", headers={"content-disposition": "attachment; filename=a"}
        )

    async def announcements(self, *, token: str | None = None) -> list[c.Announcement]:
        return self.told

    async def announcement(self, given: Any, *, token: str | None = None) -> c.Announcement:
        found = next((one for one in self.told if one.id == given), None)
        if found is None:
            raise NotFound
        return found

    async def current_announcements(self, *, token: str | None = None) -> list[c.CurrentAnnouncement]:
        self.asked_for_notices += 1
        if self.away:
            raise Unavailable
        names = [n for n in c.CurrentAnnouncement.__struct_fields__ if n != "affects"]
        return [
            c.CurrentAnnouncement(**{n: getattr(a, n) for n in names}, affects=a.problem is not None)
            for a in self.told
            if a.audience == "everybody" or token is not None
        ]

    async def keep_announcement(
        self, given: Any, body: c.AnnouncementInput, *, token: str | None = None
    ) -> c.Announcement:
        values = {n: getattr(body, n) for n in c.AnnouncementInput.__struct_fields__} | {"version": 1}
        made = c.Announcement(
            **values, id=given or uuid4(), mailed=0, affected=0, created_at=AT, updated_at=AT
        )
        self.told = [*[one for one in self.told if one.id != given], made]
        return made

    async def affected(self, given: UUID, visitor: str, *, token: str | None = None) -> None:
        if all(one.id != given for one in self.told):
            raise NotFound
        self.affects.append((given, visitor, token))

    async def mail_wish(self, link: str) -> c.MailWish:
        if link not in self.wishes:
            raise NotFound
        return c.MailWish(wanted=self.wishes[link])

    async def keep_mail_wish(self, link: str, body: c.MailWish) -> c.MailWish:
        await self.mail_wish(link)
        self.wishes[link] = body.wanted
        return body

    async def brand(self, *, token: str | None = None) -> c.Brand:
        if self.away:
            raise Unavailable
        return store.view(self.look)

    async def keep_brand(self, body: c.BrandInput, *, token: str | None = None) -> c.Brand:
        stored = msgspec.structs.replace(self.look)
        if body.version != stored.version:
            raise Conflict
        wrong: list[Any] = []
        stored.accent, stored.accent_dark = store._colours(body, wrong)
        stored.url = store._origin(body.url, wrong)
        if wrong:
            raise Invalid(errors=wrong)
        stored.name, stored.version = body.name, stored.version + 1
        self.look = stored
        return store.view(stored)

    async def check_brand(self, body: c.BrandColours, *, token: str | None = None) -> c.BrandCheck:
        accent = colour.parsed(body.accent)
        if accent is None:
            raise Invalid
        return colour.check(accent, colour.parsed(body.accent_dark) or "")

    async def keep_logo(self, content: bytes, *, token: str | None = None) -> c.Brand:
        kind, width, height = measured(content)
        self.look.logo, self.picture = c.Logo(hash="abc", type=kind, width=width, height=height), content
        return store.view(self.look)

    async def drop_logo(self, *, token: str | None = None) -> None:
        self.look.logo = None

    async def logo(self) -> httpx.Response:
        return httpx.Response(200, content=self.picture)

    async def give_up_link(self, link: str) -> None:
        self._number(link)
        del self.status_links[link]

    async def revoke_links(self, number: int, *, token: str | None = None) -> None:
        self.status_links = {link: of for link, of in self.status_links.items() if of != number}


class HelpingKb:
    """A community with one question; ``mode`` says for whom it is there."""

    away: bool

    def __init__(self) -> None:
        self.mode: Any = "public"
        self.post, self.answer_id = UUID(int=77), UUID(int=78)
        self.community_acts: list[tuple[Any, ...]] = []
        self.may_moderate = False
        self.ticket: int | None = None

    async def community(self) -> k.CommunityState:
        if self.away:
            raise Unavailable
        return k.CommunityState(mode=self.mode)

    def _question_row(self) -> k.QuestionRow:
        return k.QuestionRow(
            id=self.post, lang="es", title="¿Cómo subo el límite?", excerpt="", state="shown", author_name="Eva M.",
            staff=False, votes=2, answers=1, solved=True, created_at=AT, updated_at=AT,
        )  # fmt: skip

    async def questions(self, *, token: str | None = None, **filters: Any) -> k.QuestionPage:
        return k.QuestionPage(items=[self._question_row()])

    async def find_questions(self, q: str, **options: Any) -> list[k.QuestionRow]:
        return [self._question_row()]

    async def question(self, given: UUID, *, token: str | None = None) -> k.Question:
        if given != self.post:
            raise NotFound
        reply = k.CommunityAnswer(
            id=self.answer_id, html="<p>En la aplicación.</p>", state="shown", author_name="Leo", staff=False, votes=1,
            own=False, voted=False, created_at=AT,
        )  # fmt: skip
        return k.Question(
            id=given, lang="es", title="¿Cómo subo el límite?", body_markdown="Hola", html="<p>Hola</p>", state="shown",
            author_name="Eva M.", staff=False, votes=2, own=False, voted=False, accepted=self.answer_id,
            may_accept=True, may_moderate=self.may_moderate, author=str(UUID(int=7)) if self.may_moderate else None,
            ticket=self.ticket, answers=[reply], created_at=AT, updated_at=AT,
        )  # fmt: skip

    async def ask(self, body: k.NewQuestion, *, token: str | None = None) -> k.Written:
        if len(body.title) < 8:
            raise Invalid(errors=[FieldError("title", "Ask in one sentence.", "empty")])
        self.community_acts.append(("ask", body.title, body.lang))
        return k.Written(id=self.post, state="held")

    async def answer(self, given: UUID, body: k.NewAnswer, *, token: str | None = None) -> k.Written:
        if not body.body:
            raise Invalid(errors=[FieldError("body", "Write an answer.", "empty")])
        self.community_acts.append(("answer", body.body))
        return k.Written(id=self.answer_id, state="shown")

    async def accept(self, given: UUID, body: k.Accepted, *, token: str | None = None) -> None:
        self.community_acts.append(("accept", body.answer))

    async def vote(self, post: UUID, up: bool, *, token: str | None = None) -> None:
        self.community_acts.append(("vote", post, up))

    async def report(self, post: UUID, body: k.PostReport, *, token: str | None = None) -> None:
        self.community_acts.append(("report", post, body.reason))

    async def waiting_posts(self, *, token: str | None = None) -> list[k.ModeratedPost]:
        return [
            k.ModeratedPost(
                id=self.post, question=self.post, title="¿Cómo subo el límite?", body_markdown="<b>Hola</b>",
                state="held", author_name="Eva M.", reports=0, reason="", created_at=AT,
            )
        ]  # fmt: skip

    async def decide(self, post: UUID, body: k.PostDecision, *, token: str | None = None) -> None:
        self.community_acts.append(("decide", post, body.state))

    async def became_ticket(self, given: UUID, body: k.BecameTicket, *, token: str | None = None) -> None:
        self.ticket = body.number
