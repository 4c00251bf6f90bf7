"""Recommended replies: retrieve what solved the like, compose a draft in which every sentence has its source."""
