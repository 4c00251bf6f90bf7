"""Models: recipes, cards, attribution and built artefacts."""
