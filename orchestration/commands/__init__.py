"""The commands of `lasp`, and what they show on a terminal."""
