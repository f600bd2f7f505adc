select
    statement,
    metric_number,
    period_end
from {{ ref('improvement_plan') }}
where kind != 'month' and raw is null
