{% macro measures_of_complaints() -%}
    {%- set text -%}
reads: complaints
feeds: [complaints]
table: complaints
reasons:
  # A complaint counts once, at its first stage, however far it goes.
  no_complaint:
    - not_a_complaint: kind != 'complaint'
    - later_stage: not is_first_stage
  no_send_complaint:
    - other_body: body != 'la'
    - no_complaint
    - other_service: not is_about_send

measures:
  complaints_to_council:
    dated: received_date
    excluded: no_send_complaint

  complaints_about_communication:
    dated: received_date
    excluded: [no_send_complaint, {other_theme: theme != 'communication'}]

  complaints_to_health:
    dated: received_date
    excluded: [{other_body: body != 'health'}, no_complaint]

  # Who withdraws, or leaves the matter without a finding, is neither right nor wrong.
  complaints_upheld:
    dated: response_date
    excluded:
      - no_send_complaint
      - no_outcome: outcome is null or outcome in ('withdrawn', 'no_finding')
    counts: outcome in ('upheld', 'partly_upheld')

  # Unanswered is a miss in the month in which the answer was due.
  complaints_answered_in_time:
    dated: answer_due_date
    excluded: [no_send_complaint, {no_first_stage: stage != 1}]
    counts: response_date <= answer_due_date

  enquiries_answered_in_time:
    dated: answer_due_date
    excluded:
      - other_body: body != 'la'
      - not_an_enquiry: kind != 'enquiry'
      - later_stage: not is_first_stage
      - other_service: not is_about_send
    counts: response_date <= answer_due_date

  ombudsman_upheld:
    dated: response_date
    excluded:
      - other_body: body != 'lgsco'
      - no_complaint
      - other_service: not is_about_send
      - no_outcome: outcome is null
      - not_upheld: outcome != 'upheld'
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
