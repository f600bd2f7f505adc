"""What runs by itself: which months are owed, who gets alerts, how a run ended."""
