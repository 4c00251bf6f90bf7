"""``python -m services.suite`` is the console script."""

from services.suite.cli import main

main()
