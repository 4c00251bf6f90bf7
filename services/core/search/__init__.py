"""Finding tickets: the query language, the full-text index behind it, and the two ways into both."""
