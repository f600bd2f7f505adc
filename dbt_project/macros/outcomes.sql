{#- The status of the indicators of one outcome measure of the strategy; some belong to several. -#}
{% macro status_of(outcome_measure) -%}
with

indicators as (
    select indicator_id
    from {{ ref('int_indicators__adopted') }}
    where list_contains(string_split(outcome_measures, '; '), '{{ outcome_measure }}')
),

status as (
    select * from {{ ref('indicator_status') }}
),

chosen as (
    select status.*
    from status
    semi join indicators on status.indicator_id = indicators.indicator_id
)

select * from chosen
{%- endmacro %}
