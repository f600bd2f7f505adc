"""Time: when things run. Only this package imports Dagster, and not everywhere."""
