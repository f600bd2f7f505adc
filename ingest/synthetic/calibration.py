"""What makes the invented lists look like published ones.

All invented deliveries are shaped after one area: the local area of the partnership whose folder
comes with the code. Source of the anchors to May 2025: NHS England, Community health services
waiting lists, Table 4 of the monthly workbooks, children's lines of the two trusts that send
`therapy_ptl` there, month ends that are not a copy of an earlier month and not reported as
zero. Anchors after May 2025 are this generator's own gentle course, not a forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .days import course

ANCHORS: dict[str, dict[str, int]] = {
    "SLT": {
        "2024-09": 1222, "2024-11": 993, "2025-01": 650, "2025-03": 270, "2025-04": 234,
        "2025-05": 206, "2025-12": 190, "2026-12": 175, "2030-12": 180,
    },
    "DIET": {
        "2024-09": 32, "2024-11": 19, "2025-01": 40, "2025-03": 21, "2025-04": 29,
        "2025-05": 27, "2026-12": 30, "2030-12": 28,
    },
    "OT": {
        "2024-09": 108, "2024-10": 76, "2024-11": 90, "2025-03": 99, "2025-04": 98,
        "2025-05": 98, "2026-12": 92, "2030-12": 100,
    },
    "PT": {
        "2024-09": 381, "2024-10": 373, "2024-11": 361, "2025-03": 114, "2025-04": 146,
        "2025-05": 170, "2025-12": 180, "2026-12": 165, "2030-12": 170,
    },
    "CPAED": {
        "2024-09": 3948, "2024-10": 4046, "2025-01": 4114, "2025-03": 4370, "2025-04": 4462,
        "2025-05": 4637, "2025-12": 4700, "2026-12": 4400, "2030-12": 3600,
    },
    "AUD": {
        "2024-09": 590, "2024-10": 477, "2025-03": 338, "2025-04": 418, "2025-05": 525,
        "2025-12": 440, "2026-12": 400, "2030-12": 420,
    },
}  # fmt: skip

OTHER_ANCHORS: dict[str, dict[str, int]] = {
    "NDA": {"2022-12": 1300, "2024-03": 1500, "2025-06": 1650, "2026-12": 1500, "2030-12": 900},
    "NDB": {"2022-12": 850, "2024-03": 1000, "2025-06": 1150, "2026-12": 1000, "2030-12": 600},
    "BR": {"2022-12": 370, "2024-09": 420, "2025-06": 380, "2030-12": 370},
    "CA": {"2022-12": 190, "2024-09": 210, "2025-06": 200, "2030-12": 180},
    "MH": {"2022-12": 70, "2030-12": 80},
}
"""Lists of the neurodevelopmental pathway (two providers), the front door, specialist mental health
and the school teams. No list of the area is published for them: the sizes are invented so that the
median wait for autism and ADHD lies above a year and that for mental health at a month."""

SEASON = (100, 104, 112, 92, 108, 110, 98, 58, 96, 114, 118, 90)
"""Referrals of each calendar month in per cent of the mean: most come from nurseries and schools,
few in August. Invented; the published lists hold no referrals."""


@dataclass(frozen=True)
class Service:
    """One therapy service and how its list moves.

    ``referrals`` are a week's mean at the area's size; ``priorities`` pairs of share and weight: a
    place in the queue is days waited x weight, so equal weights mean first come, first seen.
    ``ages`` are the youngest and oldest at referral, in years; ``spell`` the shortest and longest
    time from first contact to discharge, in days. Referrals and priorities were set so that the
    wait bands of the list resemble the published ones.
    """

    code: str
    referrals: int
    priorities: tuple[tuple[float, int], ...]
    ages: tuple[int, int]
    spell: tuple[int, int]


SERVICES = (
    Service("SLT", 22, ((0.15, 40), (0.45, 12), (0.28, 9), (0.12, 4)), (2, 11), (42, 300)),
    Service("DIET", 5, ((0.30, 20), (0.55, 10), (0.15, 4)), (0, 16), (30, 240)),
    Service("OT", 8, ((0.25, 20), (0.55, 10), (0.20, 4)), (3, 14), (30, 200)),
    Service("PT", 24, ((0.25, 20), (0.60, 10), (0.15, 4)), (0, 16), (20, 150)),
    Service("CPAED", 62, ((0.20, 80), (0.20, 20), (0.35, 10), (0.25, 7)), (1, 14), (60, 300)),
    Service("AUD", 38, ((0.35, 20), (0.50, 10), (0.15, 4)), (0, 12), (1, 60)),
)

ND_SERVICES = (
    Service("NDA", 27, ((0.10, 100), (0.80, 10), (0.10, 6)), (3, 16), (30, 240)),
    Service("NDB", 18, ((0.15, 80), (0.75, 10), (0.10, 6)), (3, 15), (30, 240)),
)
"""The spell of the neurodevelopmental pathway is the assessment itself. Few children are so urgent
that they are seen within 13 weeks, and as few wait for more than two years."""

MH_SERVICES = (
    Service("BR", 90, ((0.10, 40), (0.70, 10), (0.20, 6)), (5, 17), (30, 240)),
    Service("CA", 42, ((0.20, 40), (0.60, 10), (0.20, 6)), (6, 17), (60, 500)),
    Service("MH", 17, ((0.20, 20), (0.60, 10), (0.20, 8)), (5, 16), (40, 150)),
)


def planned_list(code: str, days: NDArray[np.int64], scale: float) -> NDArray[np.float64]:
    """Give the list that a service's managers steer towards on each day.

    Straight lines between anchors; flat before the first and after the last.
    """
    return course((ANCHORS | OTHER_ANCHORS)[code], days) * scale
