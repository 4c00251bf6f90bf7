"""What search stands on: passages of published articles, their vectors, the words, the vector collections.

All of it follows from the articles and can be made again; any vector index follows from these tables.
"""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime
from services.kb.models.base import RowNumber, metadata

# One row a passage of a published article: a draft has none, so no index can show it. `id` follows from
# article, language and place, so that indexing twice writes the same points. `text_lang` is the language that
# the text is in, which in half-translated articles is not the article's. `terms` are the analysed words,
# `fingerprint` the embedder whose vector the index has, null while it waits.
passage = sa.Table(
    "passage", metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("id", Guid, nullable=False, unique=True),
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), nullable=False),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("text_lang", sa.String(12), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("heading", sa.String(300), nullable=False),
    sa.Column("anchor", sa.String(100), nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("text_hash", sa.LargeBinary(16), nullable=False),
    sa.Column("fingerprint", sa.String(32)),
    sa.Index("ix_passage_article_id_lang_ordinal", "article_id", "lang", "ordinal", unique=True),
    sa.Index("ix_passage_fingerprint", "fingerprint"),
)  # fmt: skip

# Vectors by what was embedded: an edit embeds only the passages that it changed, and a lost index none.
embedding = sa.Table(
    "embedding", metadata,
    sa.Column("text_hash", sa.LargeBinary(16), primary_key=True),
    sa.Column("fingerprint", sa.String(32), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)  # fmt: skip

# Words of published articles for respelling a query. By visibility: a correction must not tell a visitor a
# word that only staff may read.
word = sa.Table(
    "word", metadata,
    sa.Column("lang", sa.String(12), primary_key=True),
    sa.Column("visibility", sa.String(12), primary_key=True),
    sa.Column("folded", sa.String(64), primary_key=True),
    sa.Column("surface", sa.String(64), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)  # fmt: skip

# The vector collections of this database. The one that is `active` answers; a rebuild fills another beside it.
collection = sa.Table(
    "collection", metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("fingerprint", sa.String(32), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)  # fmt: skip

# Sums of the vectors of a collection's titles and passages by language: their means are what search takes from
# a question's vector and from its scores, see `search.aim`.
centre = sa.Table(
    "centre", metadata,
    sa.Column("collection", sa.String(100), sa.ForeignKey("collection.name", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("lang", sa.String(12), primary_key=True),
    sa.Column("vectors", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)  # fmt: skip
