"""The search index: passages to vectors, always rebuildable from the database."""
