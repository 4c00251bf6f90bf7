"""The knowledge base's schema, step by step."""
