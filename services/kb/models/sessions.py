"""Suggestion sessions and the search log. Neither holds more of a person than its question needs."""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime, choice
from services.kb.models.base import RowNumber, metadata

ARMS = ("shown", "control")
OUTCOMES = ("solved", "ticket", "ticket_anyway", "left")
KINDS = ("shown", "opened", "helpful", "solved", "ticket")

# `visitor` is a keyed hash, null where nothing told the visitor. `vouched` says that our own pages vouch for the
# visitor, so that marks which a script makes up stay out of the report. `known` says that the person was known when
# the session began, so that a return through any channel is seen. `ticket_at` is when core told of the ticket, and
# `returned_at` when the same person wrote about something within a week without this session. The text that was
# typed is not stored.
suggestion_session = sa.Table(
    "suggestion_session", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("arm", choice(*ARMS, name="arm"), nullable=False),
    sa.Column("visitor", sa.String(64)),
    sa.Column("contact_ref", sa.String(100)),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("outcome", choice(*OUTCOMES, name="outcome")),
    sa.Column("ticket", sa.String(64)),
    sa.Column("vouched", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("known", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ticket_at", UTCDateTime),
    sa.Column("returned_at", UTCDateTime),
    sa.Column("started_at", UTCDateTime, nullable=False),
    sa.Column("seen_at", UTCDateTime, nullable=False),
    sa.Column("ended_at", UTCDateTime),
    sa.Index("ix_suggestion_session_visitor_started_at", "visitor", "started_at"),
    sa.Index("ix_suggestion_session_contact_ref_seen_at", "contact_ref", "seen_at"),
    sa.Index("ix_suggestion_session_started_at", "started_at"),
    sa.Index("ix_suggestion_session_open", "seen_at", sqlite_where=sa.text("outcome IS NULL"),
             postgresql_where=sa.text("outcome IS NULL")),
)  # fmt: skip

# Tickets by the pseudonym of who opened them, for a few weeks: only so can a return be told from a first contact.
contact_ticket = sa.Table(
    "contact_ticket", metadata,
    sa.Column("ticket", sa.String(64), primary_key=True),
    sa.Column("contact_ref", sa.String(100), nullable=False),
    sa.Column("session_id", Guid),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Index("ix_contact_ticket_contact_ref_at", "contact_ref", "at"),
)  # fmt: skip

# In the control share `shown` is what would have been shown.
session_event = sa.Table(
    "session_event", metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("session_id", Guid, sa.ForeignKey("suggestion_session.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", choice(*KINDS, name="kind"), nullable=False),
    sa.Column("article_id", Guid),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Index("ix_session_event_session_id_kind_article_id", "session_id", "kind", "article_id"),
    sa.Index("ix_session_event_article_id", "article_id"),
)  # fmt: skip

search_log = sa.Table(
    "search_log", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    sa.Column("query", sa.String(200), nullable=False),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("audience", sa.String(12), nullable=False),
    sa.Column("results", sa.Integer, nullable=False),
    sa.Column("top_score", sa.Float, nullable=False),
    sa.Column("degraded", sa.Boolean, nullable=False),
    sa.Column("took_ms", sa.Float, nullable=False),
)  # fmt: skip
