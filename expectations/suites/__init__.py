"""The human part of the gate: one module for each kind of judgement."""
