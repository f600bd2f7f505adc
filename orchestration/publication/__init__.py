"""What leaves the building: releases, their history and their proof. Imports no Dagster."""
