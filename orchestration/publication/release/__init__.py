"""Releases: made, listed, compared, verified, explained."""
