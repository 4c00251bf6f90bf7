"""``python -m services.common.db PACKAGE "message"`` writes a new revision from the models."""

import sys
import tempfile
from importlib import import_module

import sqlalchemy as sa
from alembic import command

from services.common.db.engine import sqlite_engine
from services.common.db.migrate import config_for


def main(package: str, message: str) -> None:
    """Compare the migrated schema with the models of ``package`` and write the difference."""
    import_module(f"{package}.models")
    config = config_for(package)
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(f"sqlite:///{folder}/x.db", immediate=True, poolclass=sa.NullPool)
        with engine.begin() as conn:
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            command.revision(config, message=message, autogenerate=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
