"""Articles: writing, versions, translations, reading."""
