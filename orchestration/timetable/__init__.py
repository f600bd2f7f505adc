"""What runs by itself: which months are owed, who is told, how a run ended."""
