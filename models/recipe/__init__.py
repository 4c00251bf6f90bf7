"""How the default embedder is made out of the packages that carry its weights."""
