{% macro measures_of_health_contacts() -%}
    {%- set text -%}
reads: health_contacts
feeds: [health_visiting]
table: reviews

measures:
  antenatal_contacts:
    dated: review_date
    among: review_type = 'AN'
    excluded:
      - before_28_weeks: gestation_weeks < 28
      - further_contact: is_further

  school_nursing_within_18_weeks:
    dated: review_date
    among: review_type = 'SN'
    excluded: [{referral_date_missing: referral_date is null}]
    counts: date_diff('day', referral_date, review_date) <= @within_18w_days

  school_entry_assessments:
    among: review_type = 'SE'
    excluded: [{not_in_reception: academic_age != 4}]
    counts: review_date <= census_date
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
