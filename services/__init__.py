"""Triaje: the kernel, four services, and the suite that composes them."""
