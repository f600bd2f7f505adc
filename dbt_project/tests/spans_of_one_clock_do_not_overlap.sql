with

clocks as (
    select * from {{ ref('statutory_clocks') }}
)

select
    clocks.clock_id,
    clocks.valid_from
from clocks
inner join clocks as others
    on
        clocks.clock_id = others.clock_id
        and clocks.valid_from < others.valid_from
        and clocks.valid_to >= others.valid_from
