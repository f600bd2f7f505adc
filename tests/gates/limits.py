"""What the gate answers to measurements and their limits, without Great Expectations."""

import numpy as np
import pandas as pd

from expectations.gate import Suite


def beyond_limits(judged: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """As `failing_rows`, which costs a tenth of a second a rule."""
    pairs = [
        (limit.rule, row)
        for limit in suite.expectations
        for row in np.flatnonzero(judged[limit.kwargs["column"]] > limit.kwargs["max_value"])
    ]
    return pd.DataFrame(pairs, columns=["rule", "row"]).astype({"row": int})
