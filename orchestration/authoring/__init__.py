"""What somebody who adds a feed or an indicator is helped with. Imports no Dagster."""
