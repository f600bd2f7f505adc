select named.*
from {{ ref('plan_action_measures') }} as named
anti join {{ ref('plan_actions') }} as actions
    on named.statement = actions.statement and named.ref = actions.ref
