"""What core does for the community: telling who asked that somebody answered."""
