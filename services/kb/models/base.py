"""The metadata of the knowledge base's database."""

import sqlalchemy as sa

from services.common.db import metadata_for

metadata = metadata_for("kb")

# SQLite counts only a plain INTEGER key by itself.
RowNumber = sa.BigInteger().with_variant(sa.Integer, "sqlite")
