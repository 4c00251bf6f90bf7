"""The model registry: which versions there are, which one serves, and the way back."""
