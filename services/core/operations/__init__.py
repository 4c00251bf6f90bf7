"""Looking after the running service: jobs and the dead-letter list."""
