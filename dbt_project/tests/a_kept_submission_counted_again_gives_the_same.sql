-- Each month one kept submission is counted again. Parts that differ rest on something that their
-- key does not name.
with

compared as (
    select * from {{ ref('int_submissions__uncounted') }}
    where is_kept
)

{{ differing('int_case_cells__counted', 'stg_kept__cells') }}
union all
{{ differing('int_case_values__listed', 'stg_kept__values') }}
union all
{{ differing('int_case_steps__counted', 'stg_kept__steps') }}
union all
{{ differing('int_cohort_cases__listed', 'stg_kept__cohort') }}
