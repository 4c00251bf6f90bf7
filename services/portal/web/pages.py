"""Renders templates into responses, in the viewer's language and with a page's headers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup, escape

from services.common.clock import Clock
from services.common.text import clean_html
from services.core.contract import Logo
from services.portal.web import labels
from services.portal.web.assets import Assets
from services.portal.web.fixed import Environment
from services.portal.web.i18n import pick, writer_of
from services.portal.web.kept import Rows
from services.portal.web.prose import article_html
from services.portal.web.security import Guard, policy
from services.portal.web.viewer import LOCALES, Flash, Viewer

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


class Desk(msgspec.Struct, frozen=True):
    """What every page says about the desk."""

    name: str = "Triaje"
    demo: bool = False
    logo: Logo | None = None
    theme: str = ""
    community: str = "off"


@cache
def environment(language: str) -> jinja2.Environment:
    """The templates of one language; compiled once a process."""
    env = Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        auto_reload=False,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    writer = writer_of(language)
    env.install_gettext_translations(writer.catalogue, newstyle=True)  # type: ignore[attr-defined]
    _ = env.translate = writer.catalogue.gettext
    env.globals.update(asset=Assets(), section="")
    env.filters.update(
        num=writer.number,
        num2=writer.number2,
        percent=writer.percent,
        percent1=lambda share: writer.percent(share, 1),
        filesize=writer.filesize,
        initials=initials,
        html=safe,
        article=article_html,
        when=jinja2.pass_context(lambda ctx, at: writer.when(at, ctx["now"], ctx["viewer"].tz)),
        ago=jinja2.pass_context(lambda ctx, at: writer.ago(at, ctx["now"])),
        instant=datetime.fromisoformat,
        span=span,
        until=jinja2.pass_context(lambda ctx, at: (at - ctx["now"]).total_seconds()),
        ago_short=jinja2.pass_context(lambda ctx, at: writer.ago_short(at, ctx["now"])),
        day=jinja2.pass_context(lambda ctx, at: writer.day(at, ctx["viewer"].tz)),
        pick=lambda texts: pick(texts, language),
        status_label=jinja2.pass_context(
            lambda ctx, key: status_name(ctx.get("status_names") or {}, key, language)
        ),
        kept_row=Rows(writer, span).line,
    )
    for name, table in (
        ("priority", labels.PRIORITY),
        ("channel", labels.CHANNEL),
        ("role", labels.ROLE),
        ("task", labels.TASK),
        ("field", labels.FIELD),
        ("source", labels.SOURCE),
        ("tier", labels.TIER),
        ("model_state", labels.MODEL_STATE),
        ("article_state", labels.ARTICLE_STATE),
        ("visibility", labels.VISIBILITY),
        ("job_state", labels.JOB_STATE),
        ("delivery", labels.DELIVERY),
        ("metric", labels.METRIC),
        ("score", labels.SCORE),
        ("identity", labels.IDENTITY),
    ):
        env.filters[f"{name}_label"] = lambda key, table=table: labels.label(table, key, _)
    return env


def status_name(names: Mapping[str, dict[str, str]], key: str, language: str) -> str:
    """A status as the desk calls it; the word that every desk begins with while that is not known."""
    if key in names:
        return pick(names[key], language)
    return labels.label(labels.STATUS, key, writer_of(language).catalogue.gettext)


def compile_templates() -> None:
    """Compile every template in every language, and have Babel read its data of them: a second of one core."""
    some = datetime(2026, 1, 1, tzinfo=UTC)
    for language in LOCALES:
        writer_of(language).ago_short(some, some)
        writer_of(language).when(some - timedelta(days=400), some, UTC)
        for name in environment(language).list_templates(extensions=["html"]):
            environment(language).get_template(name)


class Pages:
    """One Jinja environment a language, and the responses made with them."""

    def __init__(self, guard: Guard, clock: Clock, desk: Desk) -> None:
        self.guard, self._clock, self.desk = guard, clock, desk
        self._environments = {language: environment(language) for language in LOCALES}
        self.statuses: dict[str, dict[str, str]] = {}
        """Names of statuses as the desk calls them, by key and language; the taxonomy's copy keeps them fresh."""

    def now(self) -> datetime:
        return self._clock.now()

    def text(self, viewer: Viewer, message: str, **values: Any) -> str:
        """``message`` in the viewer's language, with values filled in."""
        found = writer_of(viewer.locale).catalogue.gettext(message)
        return found % values if values else found

    def status(self, viewer: Viewer, key: str) -> str:
        """A status in the viewer's language."""
        return status_name(self.statuses, key, viewer.locale)

    def render(self, viewer: Viewer, template: str, **context: Any) -> str:
        """A template as text."""
        token = Markup('<input type="hidden" name="_csrf" value="{}">').format(viewer.csrf)
        everything = {
            "viewer": viewer,
            "desk": self.desk,
            "nonce": viewer.nonce,
            "now": self.now(),
            "csrf_field": token,
            "flash": viewer.flash,
            "status_names": self.statuses,
            **context,
        }
        return self._environments[viewer.locale].get_template(template).render(everything)

    def page(
        self,
        viewer: Viewer,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        cookies: list[Cookie] | None = None,
        **context: Any,
    ) -> Response[str]:
        """A template as a response with a page's headers."""
        kept = list(cookies or [])
        if viewer.new_seed:
            kept.append(self.guard.cookie("seed", viewer.seed))
        if viewer.flash is not None:
            kept.append(self.guard.expired("flash"))
        return Response(
            self.render(viewer, template, **context),
            status_code=status,
            media_type="text/html; charset=utf-8",
            headers={
                "Content-Security-Policy": policy(viewer.nonce),
                "Cache-Control": "no-store",
                "Vary": "HX-Request, Cookie, Accept-Language",
                **(headers or {}),
            },
            cookies=kept,
        )

    def go(
        self,
        viewer: Viewer,
        path: str,
        message: str = "",
        tone: str = "good",
        cookies: list[Cookie] | None = None,
        **values: Any,
    ) -> Response[Any]:
        """To another page after a form; htmx follows with a full page of its own."""
        kept = list(cookies or [])
        if message:
            flash = Flash(self.text(viewer, message, **values), tone)
            kept.append(self.guard.cookie("flash", self.guard.pack_flash(flash), max_age=60))
        if viewer.htmx:
            return Response(None, status_code=204, headers={"HX-Redirect": path}, cookies=kept)
        return Redirect(path, status_code=303, cookies=kept)


def toast_header(text: str, tone: str = "good", **events: Any) -> dict[str, str]:
    """``HX-Trigger`` that shows a short message, and whatever other events the page should hear."""
    told = {"desk:toast": {"text": text, "tone": tone}} if text else {}
    return {"HX-Trigger": json.dumps({**told, **events})}  # ASCII, as a header must be


def span(seconds: float, units: int = 2) -> str:
    """A length of time, short: ``45 min``, ``2 h 30 min``, ``3 d 4 h``; the units read the same in every language."""
    minutes = max(1, round(abs(seconds) / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[: min(units, 2 if hours or not days else 1)])


def initials(name: str) -> str:
    """Two letters for an avatar."""
    words = [w for w in (name or "?").replace("@", " ").replace(".", " ").split() if w[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [words[0][:2]] if words else ["?"]
    return "".join(letters).upper()


def safe(html: str | None) -> Markup:
    """HTML from anywhere, sanitised: the only way in which it gets onto a page."""
    return Markup(clean_html(html or ""))  # noqa: S704 (this is where it is made safe)


def paragraphs(text: str) -> Markup:
    """Plain text as it was typed, escaped."""
    return Markup('<p class="plain">{}</p>').format(escape(text.strip()))
