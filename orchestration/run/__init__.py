"""The steps of a month as plain functions. Imports no Dagster."""
