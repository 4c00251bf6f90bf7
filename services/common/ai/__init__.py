"""Embeddings and vector search. Import from the modules: this page loads nothing heavy."""
