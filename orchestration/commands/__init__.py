"""What each command of `lasp` does."""
