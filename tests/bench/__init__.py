"""What work costs, as ratios of one sitting: `make bench`. Never a timed test."""
