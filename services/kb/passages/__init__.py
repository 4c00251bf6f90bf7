"""Passages: the parts of an article that are embedded, found and quoted."""
