"""The human part of the gates: YAML for published tables, a module each for lists and feeds."""
