{% macro measures_of_equipment() -%}
    {%- set text -%}
reads: stg_equipment__orders
feeds: [equipment]
table: orders

measures:
  # What is due in a month counts in it, whether it came or not.
  equipment_on_time:
    dated: due_date
    counts: delivered_date <= due_date
    breakdowns: [setting_type]

  wheelchairs_within_18_weeks:
    dated: delivered_date
    among: category = 'wheelchair'
    excluded: [{referral_date_missing: referral_date is null}]
    counts: date_diff('day', referral_date, delivered_date) <= @within_18w_days
    distinct: coalesce(nhs_id, order_id)
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
