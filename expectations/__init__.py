"""Fitness to publish: what must hold before a figure may leave the building."""
