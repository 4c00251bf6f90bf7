"""statuses of the desk"""

import json

import sqlalchemy as sa
from alembic import op

import services.common.db.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SOLVED = {
    "en": (
        "Hello {{contact.first_name|there}},\n\nyour request #{{ticket.number}} is solved.\n\n"
        "{{ticket.resolution|What we did is in our last message.}}\n\n"
        "If something is still missing, just reply: your request opens again and we go on with it.\n\n"
        "How did we do? One click tells us:\n{{rating.link}}"
    ),
    "es": (
        "Hola {{contact.first_name|de nuevo}}:\n\ntu solicitud #{{ticket.number}} está resuelta.\n\n"
        "{{ticket.resolution|Lo que hemos hecho está en nuestro último mensaje.}}\n\n"
        "Si todavía falta algo, responde sin más: tu solicitud se abre otra vez y seguimos con ella.\n\n"
        "¿Qué tal lo hemos hecho? Dínoslo con un clic:\n{{rating.link}}"
    ),
}


def upgrade() -> None:
    for column in (
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("message", services.common.db.types.Json(), server_default="{}", nullable=False),
        sa.Column("tells", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("needs_resolution", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ):
        op.add_column("status", column)
    # What a customer is told when their request is solved; it goes out once an admin switches it on.
    status = sa.table("status", sa.column("key", sa.String), sa.column("message", sa.Text))
    op.execute(
        status.update()
        .where(status.c.key.in_(("solved", "closed")))
        .values(message=json.dumps(SOLVED, ensure_ascii=False))
    )
