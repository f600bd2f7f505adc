"""Charts of the report: a row set in, inline SVG out, by Vega in vl-convert.

No browser, no network, no script in the page, the same bytes on every run. Colours are the page's
custom properties, so dark mode, print and more contrast are the style sheet's business alone.
"""

from orchestration.publication.report.charts.columns import ListMonth, waiting_list
from orchestration.publication.report.charts.drawing import Drawing
from orchestration.publication.report.charts.strips import Strip, neighbours
from orchestration.publication.report.charts.trend import Point, sparkline, trend

__all__ = [
    "Drawing",
    "ListMonth",
    "Point",
    "Strip",
    "neighbours",
    "sparkline",
    "trend",
    "waiting_list",
]
