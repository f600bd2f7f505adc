"""The LASP Performance Report: pages and a workbook, rendered from a release's tables alone."""
