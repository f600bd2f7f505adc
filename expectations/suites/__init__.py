"""The human part of the gates: rules in YAML, and modules that measure what rules judge."""
