"""Knowledge base: articles, search, suggestions and their outcomes."""
