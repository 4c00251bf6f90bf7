"""The typed client of the knowledge base: one method a call.

`token` is the bearer token of the person who asks; without one the call speaks as a service.
"""

from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec

from services.common.clients import Peer
from services.common.http.paging import Page
from services.kb.contract import (
    Accepted,
    Address,
    Article,
    ArticleDraft,
    ArticleInput,
    ArticleNumbers,
    ArticlePage,
    ArticlePatch,
    ArticleRow,
    ArticleVersion,
    BecameTicket,
    CommunityState,
    DeflectionReport,
    DraftInput,
    EventKind,
    FeedbackInput,
    Gap,
    IndexState,
    KbSettings,
    KbSettingsPatch,
    Media,
    ModeratedPost,
    NewAnswer,
    NewQuestion,
    PassageQuery,
    PostDecision,
    PostReport,
    Preview,
    PreviewInput,
    Question,
    QuestionPage,
    QuestionRow,
    ResolutionInput,
    ReviewInput,
    ReviewNote,
    SearchHit,
    SearchPage,
    SearchReport,
    Section,
    SectionInput,
    SectionMove,
    SectionPatch,
    SessionEventInput,
    StaleArticle,
    SuggestionInput,
    Suggestions,
    TopicTrends,
    Written,
)

BASE = "/api/v1/kb"


class KbClient:
    """Speaks to the knowledge base over a peer; errors arrive as the DeskError that the service raised."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    # articles

    async def articles(
        self, *, token: str | None = None, **filters: str | int | bool | None
    ) -> Page[ArticleRow]:
        """Articles by `state`, `lang`, `section`, `tag`, `faq`, `visibility`, `q`, `sort`, `limit`, `cursor`.

        `sort` is `updated` (default) or `popular`. Who is not staff sees published ones only.
        """
        params = {key: value for key, value in filters.items() if value is not None}
        return await self.peer.get(f"{BASE}/articles", type=Page[ArticleRow], params=params, token=token)

    async def article(self, article: UUID, *, token: str | None = None) -> Article:
        return await self.peer.get(f"{BASE}/articles/{article}", type=Article, token=token)

    async def create(
        self, body: ArticleInput, *, token: str | None = None, key: str | None = None
    ) -> Article:
        return await self.peer.post(
            f"{BASE}/articles", body=body, type=Article, token=token, idempotency_key=key
        )

    async def update(self, article: UUID, body: ArticlePatch, *, token: str | None = None) -> Article:
        return await self.peer.patch(f"{BASE}/articles/{article}", body=body, type=Article, token=token)

    async def delete(self, article: UUID, *, token: str | None = None) -> None:
        await self.peer.delete(f"{BASE}/articles/{article}", token=token)

    async def versions(self, article: UUID, lang: str, *, token: str | None = None) -> list[ArticleVersion]:
        path = f"{BASE}/articles/{article}/versions/{quote(lang, safe='')}"
        return await self.peer.get(path, type=list[ArticleVersion], token=token)

    async def restore(
        self, article: UUID, lang: str, number: int, version: int, *, token: str | None = None
    ) -> Article:
        """Make a saved state the newest one, against the article's `version` that was read."""
        path = f"{BASE}/articles/{article}/versions/{quote(lang, safe='')}/{number}/restore"
        return await self.peer.post(path, body={"version": version}, type=Article, token=token)

    async def draft(self, of: str, *, token: str | None = None) -> ArticleDraft | None:
        """What the asking author typed of an article (its id, or `new`) and has not saved."""
        found = await self.peer.raw("GET", f"{BASE}/drafts/{quote(of, safe='')}", token=token)
        return msgspec.json.decode(found.content, type=ArticleDraft | None)

    async def keep_draft(self, of: str, body: DraftInput, *, token: str | None = None) -> ArticleDraft:
        path = f"{BASE}/drafts/{quote(of, safe='')}"
        return await self.peer.put(path, body=body, type=ArticleDraft, token=token)

    async def drop_draft(self, of: str, *, token: str | None = None) -> None:
        await self.peer.delete(f"{BASE}/drafts/{quote(of, safe='')}", token=token)

    async def review(self, article: UUID, body: ReviewInput, *, token: str | None = None) -> Article:
        """Ask for a review, return the draft with a word, or approve it."""
        return await self.peer.post(
            f"{BASE}/articles/{article}/reviews", body=body, type=Article, token=token
        )

    async def reviews(self, article: UUID, *, token: str | None = None) -> list[ReviewNote]:
        return await self.peer.get(f"{BASE}/articles/{article}/reviews", type=list[ReviewNote], token=token)

    async def preview(self, markdown: str, *, token: str | None = None) -> Preview:
        """Markdown as a reader would see it."""
        body = PreviewInput(markdown=markdown)
        return await self.peer.post(f"{BASE}/previews", body=body, type=Preview, token=token)

    async def tagged(self, tags: list[str], *, lang: str, token: str | None = None) -> list[ArticleRow]:
        """Published articles with any of the tags that customers may open."""
        params = {"tags": ",".join(tags), "lang": lang}
        return await self.peer.get(f"{BASE}/tagged", type=list[ArticleRow], params=params, token=token)

    async def from_ticket(self, body: ResolutionInput, *, token: str | None = None) -> Article:
        """A draft article out of a solved ticket."""
        return await self.peer.post(f"{BASE}/resolutions", body=body, type=Article, token=token)

    # images and videos

    async def upload(self, content: bytes, *, name: str, alt: str, token: str | None = None) -> Media:
        params = {"name": name, "alt": alt}
        sent = await self.peer.raw("POST", f"{BASE}/media", content=content, params=params, token=token)
        return msgspec.json.decode(sent.content, type=Media)

    async def media(self, *, token: str | None = None) -> list[Media]:
        """The newest images and videos."""
        return await self.peer.get(f"{BASE}/media", type=list[Media], token=token)

    async def file(
        self, media: UUID, *, headers: dict[str, str] | None = None, token: str | None = None
    ) -> httpx.Response:
        """The bytes of an image or video as the ``httpx.Response``; `headers` may ask for a part."""
        return await self.peer.raw("GET", f"{BASE}/media/{media}", headers=headers, token=token)

    async def stale(self, *, token: str | None = None) -> list[StaleArticle]:
        """Published articles that somebody should look at, and why."""
        return await self.peer.get(f"{BASE}/reports/stale", type=list[StaleArticle], token=token)

    async def page(self, lang: str, slug: str, *, token: str | None = None) -> ArticlePage:
        """The published article behind a link; an old slug of a renamed article is still found."""
        path = f"{BASE}/pages/{quote(lang, safe='')}/{quote(slug, safe='')}"
        return await self.peer.get(path, type=ArticlePage, token=token)

    async def addresses(
        self, *, lang: str | None = None, limit: int = 10_000, token: str | None = None
    ) -> list[Address]:
        """Public articles for site maps and feeds, newest change first."""
        params: dict[str, str | int] = {"limit": limit, **({"lang": lang} if lang else {})}
        return await self.peer.get(f"{BASE}/addresses", type=list[Address], params=params, token=token)

    async def feedback(self, article: UUID, body: FeedbackInput, *, token: str | None = None) -> None:
        await self.peer.post(f"{BASE}/articles/{article}/feedback", body=body, type=None, token=token)

    # sections

    async def sections(self, *, token: str | None = None) -> list[Section]:
        """The section tree: roots with their children, in order."""
        return await self.peer.get(f"{BASE}/sections", type=list[Section], token=token)

    async def create_section(self, body: SectionInput, *, token: str | None = None) -> Section:
        return await self.peer.post(f"{BASE}/sections", body=body, type=Section, token=token)

    async def update_section(self, section: UUID, body: SectionPatch, *, token: str | None = None) -> Section:
        return await self.peer.patch(f"{BASE}/sections/{section}", body=body, type=Section, token=token)

    async def move_section(self, section: UUID, to: SectionMove, *, token: str | None = None) -> Section:
        return await self.peer.put(f"{BASE}/sections/{section}/place", body=to, type=Section, token=token)

    async def delete_section(self, section: UUID, *, token: str | None = None) -> None:
        await self.peer.delete(f"{BASE}/sections/{section}", token=token)

    # search and suggestions

    async def search(
        self,
        q: str,
        *,
        lang: str | None = None,
        limit: int = 10,
        section: UUID | None = None,
        tag: str | None = None,
        token: str | None = None,
    ) -> SearchPage:
        params: dict[str, str | int] = {"q": q, "limit": limit}
        for key, value in {"lang": lang, "section": section, "tag": tag}.items():
            if value is not None:
                params[key] = str(value)
        return await self.peer.get(f"{BASE}/search", type=SearchPage, params=params, token=token)

    async def suggest(self, body: SuggestionInput, *, token: str | None = None) -> Suggestions:
        return await self.peer.post(f"{BASE}/suggestions", body=body, type=Suggestions, token=token)

    async def session_event(
        self,
        session: UUID,
        kind: EventKind,
        *,
        article: UUID | None = None,
        ticket: str | None = None,
        token: str | None = None,
    ) -> None:
        body = SessionEventInput(kind=kind, article=article, ticket=ticket)
        await self.peer.post(f"{BASE}/suggestions/{session}/events", body=body, type=None, token=token)

    async def passages(self, query: PassageQuery) -> list[SearchHit]:
        """Passages to ground a reply in; for services only."""
        return await self.peer.post("/internal/passages", body=query, type=list[SearchHit])

    # administration

    async def check_links(self, *, token: str | None = None) -> None:
        """Look at every link now, behind the answer."""
        await self.peer.post(f"{BASE}/links", body={}, type=None, token=token)

    async def settings(self, *, token: str | None = None) -> KbSettings:
        return await self.peer.get(f"{BASE}/settings", type=KbSettings, token=token)

    async def switch(self, body: KbSettingsPatch, *, token: str | None = None) -> KbSettings:
        return await self.peer.patch(f"{BASE}/settings", body=body, type=KbSettings, token=token)

    async def article_numbers(self, *, days: int = 30, token: str | None = None) -> list[ArticleNumbers]:
        """What each article was worth over a period."""
        params = {"days": days}
        return await self.peer.get(
            f"{BASE}/reports/articles", type=list[ArticleNumbers], params=params, token=token
        )

    async def archive(self, *, token: str | None = None) -> bytes:
        """Everything as one zip."""
        return (await self.peer.raw("GET", f"{BASE}/archive", timeout=300.0, token=token)).content

    async def index_state(self, *, token: str | None = None) -> IndexState:
        return await self.peer.get(f"{BASE}/index", type=IndexState, token=token)

    async def rebuild_index(self, *, token: str | None = None) -> IndexState:
        """Starts to rebuild the vectors from the database; search goes on meanwhile."""
        return await self.peer.post(f"{BASE}/index/rebuild", body={}, type=IndexState, token=token)

    async def search_report(self, *, days: int = 30, token: str | None = None) -> SearchReport:
        return await self.peer.get(
            f"{BASE}/reports/searches", type=SearchReport, params={"days": days}, token=token
        )

    async def deflection(self, *, days: int = 90, token: str | None = None) -> DeflectionReport:
        """What suggestions saved, by experiment."""
        return await self.peer.get(
            f"{BASE}/reports/deflection", type=DeflectionReport, params={"days": days}, token=token
        )

    async def gaps(self, *, state: str = "open", token: str | None = None) -> list[Gap]:
        """What is asked and not answered, the costliest first."""
        return await self.peer.get(f"{BASE}/gaps", type=list[Gap], params={"state": state}, token=token)

    async def topics(self, *, token: str | None = None) -> TopicTrends:
        """What closed tickets are about, and what grows."""
        return await self.peer.get(f"{BASE}/reports/topics", type=TopicTrends, token=token)

    async def look_for_gaps(self, *, token: str | None = None) -> None:
        await self.peer.post(f"{BASE}/gaps", body={}, type=None, token=token)

    async def draft_of_gap(self, gap: UUID, *, token: str | None = None) -> Article:
        """A draft article from the replies that solved the gap's tickets."""
        return await self.peer.post(f"{BASE}/gaps/{gap}/article", body={}, type=Article, token=token)

    async def dismiss_gap(self, gap: UUID, *, token: str | None = None) -> None:
        await self.peer.delete(f"{BASE}/gaps/{gap}", token=token)

    # community

    async def community(self) -> CommunityState:
        return await self.peer.get(f"{BASE}/community", type=CommunityState)

    async def questions(
        self, *, token: str | None = None, **filters: str | int | bool | None
    ) -> QuestionPage:
        """Questions by `lang`, `unanswered`, `limit`, `cursor`."""
        params = {key: value for key, value in filters.items() if value is not None}
        return await self.peer.get(f"{BASE}/questions", type=QuestionPage, params=params, token=token)

    async def find_questions(
        self, q: str, *, lang: str | None = None, limit: int = 3, token: str | None = None
    ) -> list[QuestionRow]:
        params = {"q": q, "lang": lang, "limit": limit}
        return await self.peer.get(
            f"{BASE}/questions/search", type=list[QuestionRow], params=params, token=token
        )

    async def question(self, given: UUID, *, token: str | None = None) -> Question:
        return await self.peer.get(f"{BASE}/questions/{given}", type=Question, token=token)

    async def ask(self, body: NewQuestion, *, token: str | None = None) -> Written:
        return await self.peer.post(f"{BASE}/questions", body=body, type=Written, token=token)

    async def answer(self, given: UUID, body: NewAnswer, *, token: str | None = None) -> Written:
        return await self.peer.post(f"{BASE}/questions/{given}/answers", body=body, type=Written, token=token)

    async def accept(self, given: UUID, body: Accepted, *, token: str | None = None) -> None:
        await self.peer.raw("PUT", f"{BASE}/questions/{given}/accepted", body=body, token=token, retry=True)

    async def vote(self, post: UUID, up: bool, *, token: str | None = None) -> None:
        await self.peer.raw("PUT" if up else "DELETE", f"{BASE}/posts/{post}/vote", token=token, retry=True)

    async def report(self, post: UUID, body: PostReport, *, token: str | None = None) -> None:
        await self.peer.raw("POST", f"{BASE}/posts/{post}/reports", body=body, token=token, retry=True)

    async def waiting_posts(self, *, token: str | None = None) -> list[ModeratedPost]:
        return await self.peer.get(f"{BASE}/posts", type=list[ModeratedPost], token=token)

    async def decide(self, post: UUID, body: PostDecision, *, token: str | None = None) -> None:
        await self.peer.raw("PUT", f"{BASE}/posts/{post}/state", body=body, token=token, retry=True)

    async def became_ticket(self, given: UUID, body: BecameTicket, *, token: str | None = None) -> None:
        await self.peer.raw("PUT", f"{BASE}/questions/{given}/ticket", body=body, token=token, retry=True)
