"""Believable invented deliveries, seeded: same seed, same bytes.

An independent witness: nothing here imports the rest of the project, so that a mistake in the
pipeline cannot hide behind the same mistake in its test data. Only what is made from contracts
(``declared``) reads them.
"""
