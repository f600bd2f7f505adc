{% macro measures_of_referrals() -%}
    {%- set text -%}
# A delivery may hold the lists of several services; an indicator without a service is of all.
reads: service_waits
feeds: [therapy_ptl, nd_pathway, cyp_mh]
table: referrals
service: service
breakdowns:
  - service: if(indicator_service is null, service, null)
age: age_at_census
reasons:
  # What happened on one day is a fact, whatever is wrong with the clock that runs from another.
  no_event: "nullif(exclusion_reason, 'stopped_before_received')"
  not_listed:
    - exclusion_reason
    - closed_by_census: not is_open
    - clock_stopped_by_census: not is_waiting
  not_autism:
    - exclusion_reason
    - other_pathway: pathway not in ('autism', 'both')
  not_assessed:
    - no_event
    - assessed_before_received: assessment_complete_date < referral_received_date

measures:
  waiting:
    excluded: not_listed
    needs_days: false
    breakdowns: [wait_band]

  median_wait:
    excluded: not_listed
    quantity: waited_days

  p92_wait:
    excluded: not_listed
    quantity: waited_days

  over_52w:
    excluded:
      - not_listed
      - within_52_weeks: waited_days < @over_52w_days

  over_104w:
    excluded:
      - not_listed
      - within_104_weeks: waited_days < @over_104w_days

  within_18w:
    excluded: not_listed
    counts: waited_days <= @within_18w_days

  over_13w:
    excluded: [not_autism, not_listed]
    counts: waited_days > @within_13w_days

  support_while_waiting:
    excluded: not_listed
    counts: has_support_while_waiting
    needs_days: false

  open_referrals:
    excluded:
      - no_event
      - closed_by_census: not is_open
    breakdowns:
      - wait_band: coalesce(wait_band, 'not_waiting')

  referrals:
    dated: referral_received_date
    excluded: no_event
    age: referral_age

  right_to_choose:
    dated: referral_received_date
    excluded:
      - no_event
      - choice_not_recorded: is_right_to_choose is null
      - provider_not_chosen: not is_right_to_choose
    age: referral_age

  first_contact_within_13w:
    dated: referral_received_date
    mature_after: within_13w_days
    excluded: not_autism
    counts: date_diff('day', referral_received_date, first_contact_date) <= @within_13w_days
    age: referral_age

  first_contact_median:
    dated: first_contact_date
    excluded: exclusion_reason
    quantity: date_diff('day', referral_received_date, first_contact_date)
    age: first_contact_age

  not_accepted_signposted:
    dated: referral_outcome_date
    among: outcome = 'not_accepted'
    excluded: no_event
    counts: signposted_date is not null
    age: outcome_age

  # The family learns the outcome of the pathway on the day when the assessment is complete.
  outcome_median:
    dated: assessment_complete_date
    excluded: not_assessed
    quantity: date_diff('day', referral_received_date, assessment_complete_date)
    age: assessment_age

  diagnosed:
    dated: assessment_complete_date
    excluded: not_assessed
    counts: diagnosis = 'diagnosed'
    age: assessment_age

  diagnoses:
    dated: assessment_complete_date
    excluded:
      - not_assessed
      - finding_not_recorded: diagnosis is null
      - no_diagnosis: diagnosis != 'diagnosed'
    age: assessment_age

  profiles:
    dated: nd_profile_date
    excluded: no_event
    age: profile_age

  # An online assessment counts with a referral or without one.
  digital_assessments:
    dated: digital_assessment_date
    age: digital_assessment_age

  # Whoever has no identifier is as many people as referrals: the service's own number of the
  # referral, which stays from month to month, stands for the person. A person of twelve months may
  # be of two ages and services: parts would not add up, so there are none.
  people_seen:
    excluded:
      - no_event
      - not_seen_in_month: >-
          coalesce(contacts_in_month, 0) = 0
          and coalesce(first_contact_date not between period_start and period_end, true)
      - age_not_known: age_at_census is null
      - no_child_any_more: age_at_census > @child_last_age
    distinct: coalesce(person_id, referral_id)
    breakdowns: none
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
