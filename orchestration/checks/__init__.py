"""The gates as asset checks: of feeds and lists (they tell) and of the marts (it blocks)."""
