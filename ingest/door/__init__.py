"""What comes in: names, manifests, files, senders; what is taken, and what its sender is told."""
