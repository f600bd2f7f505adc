{% macro measures_of_young_people() -%}
    {%- set text -%}
# The cohort of 16 and 17 lies within one age band, and breaks down by none.
reads: post16_status
feeds: [ccis]
table: young_people
reasons:
  no_plan:
    - exclusion_reason
    - no_plan: has_ehcp is not true

measures:
  neet_or_not_known:
    excluded: exclusion_reason
    counts: position in ('neet', 'not_known')

  neet:
    excluded: exclusion_reason
    counts: position = 'neet'

  not_known:
    excluded: exclusion_reason
    counts: position = 'not_known'

  neet_or_not_known_send:
    excluded: no_plan
    counts: position in ('neet', 'not_known')

  neet_or_not_known_18_25_ehcp:
    excluded: plan_18_25_exclusion
    counts: position in ('neet', 'not_known')
    age: age_at_census

  participating:
    excluded: exclusion_reason
    counts: is_participating

  participating_send:
    excluded: no_plan
    counts: is_participating

  # Of those whose activity is known; explain tells how many it is not known of.
  eet_16_24_ehcp:
    excluded:
      - plan_16_24_exclusion
      - not_known: position = 'not_known'
    counts: position = 'eet'
    age: age_at_census

  # Nothing recorded is no offer: the guarantee is one for everybody who leaves. That somebody is
  # covered by it (the guarantee indicator) is no offer either.
  september_offers:
    excluded: leaver_exclusion
    counts: has_offer

  september_offers_send:
    excluded:
      - leaver_exclusion
      - no_plan: has_ehcp is not true
    counts: has_offer

  # Who left Year 11 or 12 in summer and has a plan, at the end of October.
  destination_known:
    excluded: no_plan
    counts: position is distinct from 'not_known'

  intended_destination:
    excluded: year_11_plan_exclusion
    counts: has_intended_destination
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
