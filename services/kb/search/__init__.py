"""Search: one analysis of text for the index, the query, the spelling and the highlight."""
