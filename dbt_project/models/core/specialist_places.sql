-- One row per provider, kind of place and term of one snapshot, as counted by the council.
select
    urn,
    place_type,
    place_type in ('special', 'resourced_provision', 'sen_unit') as is_specialist,
    place_type in ('resourced_provision', 'sen_unit') as is_in_mainstream,
    commissioned as commissioned_places,
    -- Pupils above the number commissioned fill no commissioned place.
    least(filled, commissioned) as filled_places,
    ey_inclusion_funded as funded_children,
    submission_id,
    sender,
    source_row,
    census_date
from {{ rows_to_read('stg_sufficiency__places') }}
