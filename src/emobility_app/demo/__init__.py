"""A small charging network that lives: two companies, three sites, twelve stations."""
