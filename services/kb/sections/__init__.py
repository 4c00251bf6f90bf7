"""Sections: the tree that articles are ordered in."""
