"""The metadata of core's database; ticket numbers come from a sequence where the database has one."""

import sqlalchemy as sa

from services.common.db import metadata_for

metadata = metadata_for("core")

FIRST_NUMBER = 1001
ticket_number = sa.Sequence("ticket_number", start=FIRST_NUMBER, metadata=metadata)
