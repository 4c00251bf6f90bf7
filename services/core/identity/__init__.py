"""Identity: core alone says who somebody is."""
