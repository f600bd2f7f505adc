"""The assets: each is a few lines over a pure function, made by a factory over the contracts."""
