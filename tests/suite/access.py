"""Every route of the API, what it takes, and who may use it: the policy that the sweep checks."""

from typing import Any

VISITOR, STRANGER, LIGHT, AGENT, LEAD, ADMIN, TOKEN = (
    "visitor", "stranger", "light", "agent", "lead", "admin", "token",
)  # fmt: skip
ROLES = (VISITOR, STRANGER, LIGHT, AGENT, LEAD, ADMIN, TOKEN)
"""``stranger`` is a customer to whom nothing here belongs, ``token`` an API token that may read articles only."""

EVERYBODY = frozenset(ROLES)
SIGNED_IN = frozenset({STRANGER, LIGHT, AGENT, LEAD, ADMIN})
STAFF = frozenset({LIGHT, AGENT, LEAD, ADMIN})
AGENTS = frozenset({AGENT, LEAD, ADMIN})
LEADS = frozenset({LEAD, ADMIN})
ADMINS = frozenset({ADMIN})

NOBODY_ELSE = 404  # what is not theirs does not exist for them
REFUSED = 403  # that it exists is no secret, using it is

DAY = "2026-01-01T00:00:00Z"
BODIES: dict[str, Any] = {
    "POST /api/v1/batches": {"numbers": [1], "changes": {"priority": "high"}},
    "POST /api/v1/categories": {"key": "swept", "name": {"en": "Swept"}},
    "PATCH /api/v1/categories/{key}": {"version": 1, "name": {"en": "Swept"}},
    "PATCH /api/v1/contacts/{contact_id}": {"version": 1, "name": "Swept"},
    "POST /api/v1/kb/articles": {"translations": {"en": {"title": "Swept"}}},
    "PATCH /api/v1/kb/articles/{article_id}": {"version": 1, "faq": True},
    "POST /api/v1/kb/articles/{article_id}/feedback": {"helpful": True},
    "POST /api/v1/kb/articles/{article_id}/versions/{lang}/{number}/restore": {"version": 1},
    "POST /api/v1/kb/articles/{article_id}/reviews": {
        "version": 1,
        "kind": "asked",
        "reviewer": "x",
        "reviewer_name": "X",
    },
    "PUT /api/v1/kb/drafts/{of}": {"fields": {"title_en": "Swept"}},
    "PATCH /api/v1/kb/settings": {"external_links": False},
    "POST /api/v1/kb/resolutions": {"number": 1, "title": "Swept", "question": "Swept", "reply": "Swept"},
    "POST /api/v1/kb/previews": {"markdown": "Swept"},
    "POST /api/v1/kb/questions": {"title": "Does this sweep?"},
    "POST /api/v1/kb/questions/{question_id}/answers": {"body": "Swept"},
    "PUT /api/v1/kb/questions/{question_id}/accepted": {"answer": None},
    "PUT /api/v1/kb/questions/{question_id}/ticket": {"number": 1},
    "POST /api/v1/kb/posts/{post_id}/reports": {"reason": "Swept"},
    "PUT /api/v1/kb/posts/{post_id}/state": {"state": "removed"},
    "POST /api/v1/kb/sections": {"key": "swept", "name": {"en": "Swept"}},
    "PATCH /api/v1/kb/sections/{section_id}": {"position": 3},
    "PUT /api/v1/kb/sections/{section_id}/place": {"place": 1},
    "POST /api/v1/kb/suggestions": {"subject": "lost card"},
    "POST /api/v1/kb/suggestions/{session}/events": {"kind": "opened"},
    "POST /api/v1/macros": {"title": {"en": "Swept"}, "body": {"en": "Swept"}},
    "PATCH /api/v1/macros/{macro}": {"version": 1, "title": {"en": "Swept"}},
    "POST /api/v1/macros/previews": {"body": {"en": "Swept"}, "ticket": 1},
    "PUT /api/v1/macros/{macro}/key": {"key": 1},
    "PATCH /api/v1/me": {"locale": "en"},
    "PATCH /api/v1/priorities/{key}": {"version": 1, "name": {"en": "Swept"}},
    "POST /api/v1/problems": {"subject": "Swept", "body": "Swept", "incidents": [1]},
    "PUT /api/v1/triage/incidents/{incident}/problem": {"number": 1},
    "POST /api/v1/push/subscriptions": {
        "endpoint": "https://127.0.0.1/swept",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "POST /api/v1/recommendations/{recommendation}/outcome": {"outcome": "accepted"},
    "POST /api/v1/staff": {"email": "swept@example.test", "name": "Swept", "roles": ["admin"]},
    "PATCH /api/v1/staff/{staff_id}": {"version": 1, "roles": ["admin"]},
    "POST /api/v1/statuses": {"key": "swept", "category": "pending", "name": {"en": "Swept"}},
    "PATCH /api/v1/statuses/{key}": {"version": 1, "name": {"en": "Swept"}},
    "POST /api/v1/tags": {"key": "swept"},
    "POST /api/v1/products": {"key": "swept", "name": {"en": "Swept"}},
    "PATCH /api/v1/products/{key}": {"version": 1, "name": {"en": "Swept"}},
    "POST /api/v1/contacts/{contact_id}/items": {"product": "swept"},
    "PATCH /api/v1/items/{item_id}": {"version": 1, "name": "Swept"},
    "POST /api/v1/contacts/funnel": {"stages": []},
    "PUT /api/v1/contacts/{contact_id}/merge": {"into": "01a20172-39ad-7170-bedf-ed9f4e2eabb8"},
    "PUT /api/v1/tickets/{number}/product": {},
    "POST /api/v1/tickets/{number}/remote-sessions": {"url": "https://example.test/swept"},
    "POST /api/v1/teams": {"key": "swept", "name": {"en": "Swept"}},
    "PATCH /api/v1/teams/{key}": {"version": 1, "name": {"en": "Swept"}},
    "POST /api/v1/tickets": {
        "subject": "Swept",
        "body": "Swept",
        "requester": {"email": "stranger@example.test"},
    },
    "PATCH /api/v1/tickets/{number}": {"version": 1, "status": "solved"},
    "PUT /api/v1/tickets/{number}/closure": {},
    "POST /api/v1/tickets/{number}/incident-replies": {"body": {"en": "Swept"}},
    "PUT /api/v1/tickets/{number}/draft": {"kind": "note", "body": "Swept"},
    "POST /api/v1/tickets/{number}/followers": {},
    "PUT /api/v1/tickets/{number}/presence": {"state": "gone"},
    "POST /api/v1/tickets/{number}/links": {"to": 1, "kind": "related"},
    "PUT /api/v1/tickets/{number}/merge": {"into": 1},
    "POST /api/v1/tickets/{number}/splits": {"message": "01a20172-39ad-7170-bedf-ed9f4e2eabb8"},
    "POST /api/v1/tickets/{number}/messages": {"kind": "reply", "body": "Swept"},
    "POST /api/v1/tickets/{number}/shares": {"staff": "light@desk.test"},
    "POST /api/v1/tokens": {"name": "swept", "scopes": ["admin"]},
    "POST /api/v1/triage/decisions/{decision}/outcome": {"task": "category", "outcome": "accepted"},
    "POST /api/v1/triage/predict": {"subject": "lost card", "body": ""},
    "PATCH /api/v1/triage/promises/{task}": {"precision": 0.95},
    "POST /api/v1/triage/recommendations": {"ticket": "TICKET"},
    "POST /api/v1/triage/replays": {"model": "v1", "since": "2026-01-01T00:00:00Z"},
    "POST /api/v1/triage/trainings": {},
    "PATCH /api/v1/triage/rules": {"promote": "click"},
    "PUT /api/v1/calendars/{key}": {"name": {"en": "Swept"}, "zone": "UTC", "week": [[]] * 7},
    "PUT /api/v1/sla-policies/{key}": {"name": {"en": "Swept"}, "calendar": "office", "targets": {}},
    "PUT /api/v1/lifecycle": {},
    "POST /api/v1/rules": {"name": "Swept", "events": ["created"], "actions": [{"do": "raise_priority"}]},
    "PUT /api/v1/rules/{rule_id}": {
        "name": "Swept",
        "events": ["created"],
        "actions": [{"do": "raise_priority"}],
    },
    "POST /api/v1/rules/dry-run": {
        "name": "Swept",
        "events": ["created"],
        "actions": [{"do": "raise_priority"}],
    },
    "POST /api/v1/follow-ups/{link}": {"solved": False},
    "POST /api/v1/ratings/{link}": {"score": 1},
    "PUT /api/v1/tickets/{number}/rating": {"score": 1},
    "PUT /api/v1/brand": {},
    "POST /api/v1/brand/check": {"accent": "#005a78"},
    "POST /api/v1/announcements": {
        "title": {"en": "Swept"},
        "body": {},
        "severity": "info",
        "starts_at": DAY,
    },
    "PUT /api/v1/announcements/{announcement_id}": {
        "title": {"en": "Swept"},
        "body": {},
        "severity": "info",
        "starts_at": DAY,
        "version": 1,
    },
    "POST /api/v1/announcements/{announcement_id}/affected": {},
    "PUT /api/v1/announcement-wishes/{link}": {"wanted": False},
    "POST /api/v1/status-links/{link}/messages": {"kind": "reply", "body": "Swept"},
    "POST /api/v1/notifications/read": {},
    "PUT /api/v1/notifications/choices": [],
    "PUT /api/v1/fields/{key}": {"kind": "text", "name": {"en": "Swept"}},
    "PUT /api/v1/forms/{key}": {"name": {"en": "Swept"}},
    "POST /api/v1/forms/{key}/check": {},
    "PUT /api/v1/ticket-templates/{key}": {"name": "Swept"},
    "PUT /api/v1/tickets/{number}/form": {},
    "POST /api/v1/tickets/{number}/questions": {},
    "POST /api/v1/views": {"name": {"en": "Swept"}, "filters": {"status": "open"}},
    "PATCH /api/v1/views/{view_id}": {"version": 1, "name": {"en": "Swept"}},
}


def _policy(allowed: frozenset[str], denied: int, *routes: str) -> dict[str, tuple[frozenset[str], int]]:
    return dict.fromkeys(routes, (allowed, denied))


# What is not there until an admin has given it.
ABSENT = frozenset({"GET /api/v1/brand/logo"})

TICKET = "/api/v1/tickets/{number}"
ARTICLE = "/api/v1/kb/articles/{article_id}"

POLICY: dict[str, tuple[frozenset[str], int]] = {
    **_policy(
        EVERYBODY, REFUSED,
        "GET /.well-known/jwks.json", "GET /api/v1/kb/articles", "GET /api/v1/kb/addresses",
        "GET /api/v1/kb/search", "GET /api/v1/kb/sections",
        "POST /api/v1/kb/suggestions", "POST /api/v1/kb/suggestions/{session}/events",
        "GET /api/v1/forms", "GET /api/v1/forms/{key}", "POST /api/v1/forms/{key}/check",
        "GET /api/v1/kb/community",
    ),
    **_policy(
        SIGNED_IN | {TOKEN}, NOBODY_ELSE, "GET /api/v1/kb/questions", "GET /api/v1/kb/questions/search",
        "GET /api/v1/kb/questions/{question_id}",
    ),
    **_policy(
        SIGNED_IN, REFUSED, "POST /api/v1/kb/questions", "POST /api/v1/kb/questions/{question_id}/answers",
        "PUT /api/v1/kb/questions/{question_id}/accepted", "PUT /api/v1/kb/posts/{post_id}/vote",
        "DELETE /api/v1/kb/posts/{post_id}/vote", "POST /api/v1/kb/posts/{post_id}/reports",
    ),
    **_policy(STAFF | {TOKEN}, NOBODY_ELSE, f"GET {ARTICLE}", f"POST {ARTICLE}/feedback"),
    **_policy(
        frozenset(), NOBODY_ELSE, "GET /api/v1/kb/pages/{lang}/{slug}", "GET /api/v1/kb/media/{media_id}"
    ),
    **_policy(frozenset(), REFUSED, "GET /api/v1/follow-ups/{link}", "POST /api/v1/follow-ups/{link}",
             "GET /api/v1/ratings/{link}", "POST /api/v1/ratings/{link}",
        "GET /api/v1/announcement-wishes/{link}", "PUT /api/v1/announcement-wishes/{link}",
        "GET /api/v1/status-links/{link}", "POST /api/v1/status-links/{link}/messages",
        "GET /api/v1/status-links/{link}/attachments/{file_id}", "DELETE /api/v1/status-links/{link}"),
    **_policy(frozenset(), NOBODY_ELSE, f"PUT {TICKET}/rating"),
    **_policy(
        STAFF, REFUSED, "GET /api/v1/push", "POST /api/v1/push/subscriptions",
        "DELETE /api/v1/push/subscriptions/{subscription}", "GET /api/v1/me/numbers",
    ),
    **_policy(
        STAFF, REFUSED, "GET /api/v1/notifications", "POST /api/v1/notifications/read",
        "GET /api/v1/notifications/choices", "PUT /api/v1/notifications/choices",
    ),
    **_policy(SIGNED_IN | {TOKEN}, REFUSED, "GET /api/v1/me"),
    **_policy(SIGNED_IN | {TOKEN}, REFUSED, "GET /api/v1/announcements/current",
             "GET /api/v1/brand", "GET /api/v1/brand/logo"),
    **_policy(frozenset({STRANGER}), REFUSED, "POST /api/v1/announcements/{announcement_id}/affected"),
    **_policy(SIGNED_IN, REFUSED, "PATCH /api/v1/me", "GET /api/v1/statuses",
    "GET /api/v1/tickets", "GET /api/v1/hours",
    "POST /api/v1/uploads"),
    **_policy(AGENTS | {STRANGER}, REFUSED, "POST /api/v1/tickets"),
    **_policy(
        AGENTS, NOBODY_ELSE,
        f"GET {TICKET}", f"PATCH {TICKET}", f"PUT {TICKET}/closure",
        f"DELETE {TICKET}/closure", f"GET {TICKET}/messages",
        f"POST {TICKET}/messages", f"GET {TICKET}/recommendations", f"GET {TICKET}/triage", f"POST {TICKET}/shares",
        f"GET {TICKET}/relations", f"GET {TICKET}/workspace",
        f"PUT {TICKET}/merge", f"DELETE {TICKET}/merge", f"POST {TICKET}/splits",
        f"POST {TICKET}/links", f"DELETE {TICKET}/links/{{to}}/{{kind}}", f"DELETE {TICKET}/duplicates/{{other}}",
        f"PUT {TICKET}/product", f"POST {TICKET}/remote-sessions", f"DELETE {TICKET}/remote-sessions/{{session}}",
        f"PUT {TICKET}/teams/{{key}}", f"DELETE {TICKET}/teams/{{key}}",
        f"GET {TICKET}/draft", f"PUT {TICKET}/draft", f"GET {TICKET}/presence", f"PUT {TICKET}/presence",
        f"POST {TICKET}/followers", f"DELETE {TICKET}/followers/{{staff_id}}",
        f"POST {TICKET}/incident-replies", f"DELETE {TICKET}/status-links",
        "GET /api/v1/batches/{batch_id}", "DELETE /api/v1/batches/{batch_id}",
        f"GET {TICKET}/form", f"PUT {TICKET}/form", f"POST {TICKET}/questions",
        f"DELETE {TICKET}/shares/{{staff_id}}", "GET /api/v1/attachments/{attachment_id}",
    ),
    **_policy(
        STAFF, REFUSED,
        "GET /api/v1/categories", "GET /api/v1/macros", "GET /api/v1/macros/{macro}/rendering",
        "GET /api/v1/priorities", "GET /api/v1/products",
        "GET /api/v1/staff", "GET /api/v1/tags", "GET /api/v1/teams",
        "GET /api/v1/calendars", "GET /api/v1/sla-policies", "GET /api/v1/lifecycle", "GET /api/v1/reports/answers",
        "GET /api/v1/announcements", "GET /api/v1/announcements/{announcement_id}",
        "GET /api/v1/fields", "GET /api/v1/ticket-templates",
        "GET /api/v1/rules", "GET /api/v1/views", "POST /api/v1/views",
        "PATCH /api/v1/views/{view_id}", "DELETE /api/v1/views/{view_id}",
    ),
    **_policy(
        AGENTS, REFUSED,
        "POST /api/v1/problems", "GET /api/v1/macros/effects",
        "POST /api/v1/macros/previews", "PUT /api/v1/macros/{macro}/key",
        "GET /api/v1/contacts/{contact_id}/items", "POST /api/v1/contacts/{contact_id}/items",
        "PATCH /api/v1/items/{item_id}", "GET /api/v1/contacts/{contact_id}/overview", "POST /api/v1/contacts/funnel",
        "POST /api/v1/batches", "GET /api/v1/triage/solved",
        "GET /api/v1/contacts", "GET /api/v1/contacts/{contact_id}", "PATCH /api/v1/contacts/{contact_id}",
        "PUT /api/v1/contacts/{contact_id}/merge", "DELETE /api/v1/contacts/{contact_id}/merge",
        "POST /api/v1/inbound/email", "GET /api/v1/quarantine", "GET /api/v1/quarantine/{item}/source",
        "POST /api/v1/quarantine/{item}/resolution", "POST /api/v1/outgoing/{mail}/retry",
        "POST /api/v1/kb/articles", f"PATCH {ARTICLE}", f"DELETE {ARTICLE}",
        f"GET {ARTICLE}/versions/{{lang}}", f"POST {ARTICLE}/versions/{{lang}}/{{number}}/restore",
        f"GET {ARTICLE}/reviews", f"POST {ARTICLE}/reviews", "GET /api/v1/kb/drafts/{of}", "PUT /api/v1/kb/drafts/{of}",
        "DELETE /api/v1/kb/drafts/{of}", "POST /api/v1/kb/previews",
        "GET /api/v1/kb/tagged", "POST /api/v1/kb/resolutions",
        "GET /api/v1/kb/settings", "POST /api/v1/kb/links", "GET /api/v1/kb/reports/articles",
        "GET /api/v1/kb/media", "POST /api/v1/kb/media",
        "GET /api/v1/kb/index",
        "GET /api/v1/kb/reports/searches", "GET /api/v1/kb/reports/deflection", "GET /api/v1/kb/gaps",
        "GET /api/v1/kb/reports/topics",
        "GET /api/v1/kb/reports/stale",
        "GET /api/v1/kb/posts", "PUT /api/v1/kb/posts/{post_id}/state",
        "PUT /api/v1/kb/questions/{question_id}/ticket",
        "POST /api/v1/kb/gaps", "POST /api/v1/kb/gaps/{gap_id}/article", "DELETE /api/v1/kb/gaps/{gap_id}",
        "POST /api/v1/kb/sections", "PATCH /api/v1/kb/sections/{section_id}",
        "PUT /api/v1/kb/sections/{section_id}/place",
        "DELETE /api/v1/kb/sections/{section_id}", "GET /api/v1/kb/suggestions/{session}",
        "POST /api/v1/recommendations/{recommendation}/outcome", "GET /api/v1/triage/decisions/{decision}",
        "POST /api/v1/triage/decisions/{decision}/outcome", "POST /api/v1/triage/decisions/{decision}/replay",
        "GET /api/v1/triage/models", "GET /api/v1/triage/models/{version}", "GET /api/v1/triage/overrides",
        "POST /api/v1/triage/predict", "GET /api/v1/triage/promises", "POST /api/v1/triage/recommendations",
        "GET /api/v1/triage/rules", "GET /api/v1/triage/incidents", "GET /api/v1/triage/drift",
        "GET /api/v1/triage/status", "GET /api/v1/triage/recalibrations/{task}",
        "GET /api/v1/triage/trainings", "GET /api/v1/triage/trainings/{training}",
    ),
    **_policy(
        LEADS, REFUSED,
        "PUT /api/v1/ticket-templates/{key}", "DELETE /api/v1/ticket-templates/{key}",
        "GET /api/v1/reports/satisfaction", "GET /api/v1/reports/staff",
        "GET /api/v1/audit", "POST /api/v1/announcements", "PUT /api/v1/announcements/{announcement_id}",
        "DELETE /api/v1/announcements/{announcement_id}",
        "POST /api/v1/triage/models/rollback", "POST /api/v1/triage/recalibrations/{task}",
        "POST /api/v1/triage/models/{version}/promote",
        "PATCH /api/v1/triage/promises/{task}", "POST /api/v1/triage/trainings",
        "POST /api/v1/triage/trainings/{training}/cancel", "POST /api/v1/triage/replays",
        "GET /api/v1/triage/log", "PATCH /api/v1/triage/rules", "DELETE /api/v1/triage/incidents/{incident}",
        "PUT /api/v1/triage/incidents/{incident}/problem",
    ),
    **_policy(
        ADMINS, REFUSED,
        "POST /api/v1/macros", "PATCH /api/v1/macros/{macro}", "DELETE /api/v1/macros/{macro}",
        "PUT /api/v1/brand", "POST /api/v1/brand/check", "PUT /api/v1/brand/logo", "DELETE /api/v1/brand/logo",
        "POST /api/v1/categories", "PATCH /api/v1/categories/{key}", "GET /api/v1/jobs", "DELETE /api/v1/jobs/{job_id}",
        "POST /api/v1/statuses", "PATCH /api/v1/statuses/{key}",
        "POST /api/v1/products", "PATCH /api/v1/products/{key}",
        "POST /api/v1/jobs/{job_id}/retry", "POST /api/v1/kb/index/rebuild", "GET /api/v1/kb/archive",
        "PATCH /api/v1/kb/settings", "PATCH /api/v1/priorities/{key}",
        "POST /api/v1/staff", "PATCH /api/v1/staff/{staff_id}", "POST /api/v1/tags", "DELETE /api/v1/tags/{key}",
        "POST /api/v1/teams", "PATCH /api/v1/teams/{key}", "GET /api/v1/tokens", "POST /api/v1/tokens",
        "DELETE /api/v1/tokens/{token_id}", "PUT /api/v1/calendars/{key}", "DELETE /api/v1/calendars/{key}",
        "PUT /api/v1/sla-policies/{key}", "DELETE /api/v1/sla-policies/{key}", "PUT /api/v1/lifecycle",
        "POST /api/v1/rules", "PUT /api/v1/rules/{rule_id}", "DELETE /api/v1/rules/{rule_id}",
        "POST /api/v1/rules/dry-run", "PUT /api/v1/fields/{key}", "DELETE /api/v1/fields/{key}",
        "PUT /api/v1/forms/{key}",
        "GET /api/v1/outgoing", "GET /api/v1/outgoing/{mail}",
        "GET /api/v1/contacts/{contact_id}/export", "DELETE /api/v1/contacts/{contact_id}",
    ),
}  # fmt: skip
"""``METHOD path`` to who may, and what signed-in others are told. Visitors are told to sign in first."""


def refusal(role: str, denied: int) -> set[int]:
    """The statuses that a role without the right may see."""
    known = {VISITOR: 401, TOKEN: 403}.get(role, denied)
    return {known, 404} if denied == NOBODY_ELSE else {known}
