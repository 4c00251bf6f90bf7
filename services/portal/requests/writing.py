"""``/requests/new``: the form, the answers beside it, and sending."""

from typing import Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import DeskError, Invalid, NotFound, TooLarge, TooMany, Unavailable
from services.core.contract import NewTicket, Requester, Ticket
from services.kb.contract import EventKind
from services.portal.requests.caps import within_caps
from services.portal.requests.questions import Questions, empty, put_by, questions
from services.portal.requests.views import Answers, Draft, _uuid, answers
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

EMPTY = N_("Tell us in a few words what this is about.")
NO_BODY = N_("Write what happened.")
NO_EMAIL = N_("We need an address to answer to.")
BAD_EMAIL = N_("This does not look like an e-mail address.")
AWAY = N_("We could not take your request just now. Your text is still here; try again in a moment.")
TOO_LARGE = N_("A file or the text is too large.")
SLOW = N_(
    "Too many requests from here in a short time. Your text is still here; wait a little and try again."
)
SENT = N_("Sent. A person reads it; you will find the answer here and in your mail.")


@get("/requests/new", include_in_schema=False)
async def new(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    subject: FromQuery[str] = "",
    form: FromQuery[str] = "",
) -> Response[str]:
    """An empty form; ``subject`` comes along from a search that found nothing, ``form`` from a link to one."""
    draft = Draft(subject=subject.strip()[:200], once=uuid4().hex)
    return await _form(portal, viewer, draft, Answers(), await empty(portal, viewer, form[:80]))


@post("/requests/questions", status_code=200, include_in_schema=False)
async def ask(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """The questions of the inquiry that was chosen, after what has been answered so far."""
    asked = await questions(portal, viewer, await read_form(request))
    return portal.pages.page(viewer, "requests/_questions.html", asked=asked)


@post("/requests/suggestions", status_code=200, include_in_schema=False)
async def suggestions(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """The answers to what has been typed so far."""
    draft = _draft(await read_form(request))
    found = await answers(portal, viewer, draft)
    return portal.pages.page(viewer, "requests/_answers.html", answers=found)


@post("/requests/answers", status_code=200, include_in_schema=False)
async def open_answer(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """An answer in full, in its place beside the form; that it was opened is remembered."""
    form = await read_form(request)
    lang = form.text("lang", 2)
    if lang not in LOCALES:
        raise NotFound
    page = await portal.reader.page(lang, form.text("slug", 200), token=portal.token(viewer))
    await remember(portal, viewer, form.text("session"), "opened", article=form.text("article"))
    return portal.pages.page(viewer, "requests/_answer_full.html", article=page)


@post("/requests/solved", status_code=200, include_in_schema=False)
async def solved(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """ "That solved it": a kind end, without a request."""
    form = await read_form(request)
    await remember(portal, viewer, form.text("session"), "solved", article=form.text("article"))
    return portal.pages.go(viewer, "/requests/solved")


@get("/requests/solved", include_in_schema=False)
async def solved_page(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """What a customer sees after an answer solved it."""
    return portal.pages.page(viewer, "requests/solved.html", section="requests")


@get("/requests/sent", include_in_schema=False)
async def sent_page(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromQuery[int]
) -> Response[str]:
    """What a visitor sees after sending; whoever signs in can follow the request."""
    return portal.pages.page(viewer, "requests/sent.html", number=number, section="requests")


@post("/requests/new", status_code=200, include_in_schema=False)
async def send(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Send the request, or look for answers first when that button was pressed."""
    form = await read_form(request)
    draft = _draft(form)
    if form.flag("look"):
        found, asked = await answers(portal, viewer, draft), await questions(portal, viewer, form)
        return await _form(portal, viewer, draft, found, asked)
    if form.flag("ask"):
        asked = await questions(portal, viewer, form)
        return await _form(portal, viewer, draft, Answers(session=draft.session), asked)
    draft.errors = _check(draft, portal, viewer)
    asked = Questions()
    try:
        asked = await questions(portal, viewer, form, sent=True)
    except DeskError as error:
        draft.errors |= _explain(error, portal, viewer)
        asked = put_by(form)
    if not draft.errors and not asked.wrong and not asked.fresh:
        draft.form, draft.fields = asked.key, asked.values
        try:
            ticket = await _create(portal, viewer, form, draft)
        except DeskError as error:
            draft.errors = _explain(error, portal, viewer)
        else:
            await remember(portal, viewer, draft.session, "ticket", ticket=str(ticket.number))
            if viewer.person is None:
                return portal.pages.go(viewer, f"/requests/sent?number={ticket.number}")
            return portal.pages.go(viewer, f"/requests/{ticket.number}", SENT)
    return await _form(portal, viewer, draft, Answers(session=draft.session), asked, 422)


async def _form(
    portal: Portal, viewer: Viewer, draft: Draft, found: Answers, asked: Questions, status: int = 200
) -> Response[str]:
    """The form with what was typed, the answers beside it, and what the desk knows about already."""
    return portal.pages.page(
        viewer,
        "requests/new.html",
        status=status,
        draft=draft,
        answers=found,
        asked=asked,
        known=await portal.notices.current(viewer),
        section="requests",
    )


async def _create(portal: Portal, viewer: Viewer, form: Form, draft: Draft) -> Ticket:
    token = portal.token(viewer)
    if viewer.person is None:
        await within_caps(portal, viewer.address, draft.email)
    files = [
        await portal.core.upload(f.filename, await f.read(), f.content_type or "", token=token)
        for f in form.files
    ]
    body = NewTicket(
        subject=draft.subject,
        body=draft.body,
        channel="portal",
        requester=None if viewer.person else Requester(email=draft.email, name=draft.name),
        attachments=[file.id for file in files],
        suggestion_session=draft.session or None,
        form=draft.form or None,
        fields=draft.fields,
    )
    return await portal.core.create_ticket(
        body, token=token, idempotency_key=f"{viewer.visitor}:{draft.once}"
    )


async def remember(
    portal: Portal,
    viewer: Viewer,
    session: str,
    kind: EventKind,
    *,
    article: str = "",
    ticket: str | None = None,
) -> None:
    """Tell the knowledge base how a suggestion session went; the customer does not wait for its answer."""
    known = _uuid(session)
    if known is None:
        return
    try:
        await portal.reader.session_event(
            known,
            kind,
            article=uuid_of(article) if article else None,
            ticket=ticket,
            token=portal.token(viewer),
        )
    except DeskError:
        return


def _draft(form: Form) -> Draft:
    return Draft(
        subject=form.text("subject", 1000).replace("\n", " "),
        body=form.whole("body"),
        email=form.text("email", 254),
        name=form.text("name", 200),
        session=form.text("session", 40),
        once=form.text("once", 64) or uuid4().hex,
    )


def _check(draft: Draft, portal: Portal, viewer: Viewer) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not draft.subject:
        wrong["subject"] = EMPTY
    if not draft.body:
        wrong["body"] = NO_BODY
    if viewer.person is None and not draft.email:
        wrong["email"] = NO_EMAIL
    elif viewer.person is None and ("@" not in draft.email.strip("@") or " " in draft.email):
        wrong["email"] = BAD_EMAIL
    return {field: portal.pages.text(viewer, text) for field, text in wrong.items()}


def _explain(error: DeskError, portal: Portal, viewer: Viewer) -> dict[str, str]:
    """Core's refusal beside the fields that it is about."""
    if isinstance(error, Unavailable):
        return {"form": portal.pages.text(viewer, AWAY)}
    if isinstance(error, TooMany):
        return {"form": portal.pages.text(viewer, SLOW)}
    if isinstance(error, TooLarge):
        return {"form": portal.pages.text(viewer, TOO_LARGE)}
    if isinstance(error, Invalid) and any("email" in e.field for e in error.errors):
        return {"email": portal.pages.text(viewer, BAD_EMAIL)}
    return {"form": error.detail or error.title}


ROUTES = [new, ask, suggestions, open_answer, solved, solved_page, sent_page, send]
