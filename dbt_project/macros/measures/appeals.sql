{% macro measures_of_appeals() -%}
    {%- set text -%}
reads: appeals
feeds: [tribunals]
table: appeals

measures:
  # Claims of disability discrimination are no appeals and are counted apart.
  appeals_registered:
    dated: registered_date
    excluded:
      - discrimination_claim: is_discrimination_claim

  # An appeal that was conceded, withdrawn or settled by agreement was not decided.
  appeals_decided_in_favour:
    dated: order_date
    excluded:
      - discrimination_claim: is_discrimination_claim
      - not_decided: (outcome in ('in_favour', 'dismissed')) is not true
    counts: outcome = 'in_favour'

  mediations_requested:
    dated: mediation_requested_date

  # A mediation counts in the month in which the time for an appeal after it is over.
  mediations_settled:
    dated: cast(mediation_held_date + to_months(@mediation_appeal_months) as date)
    counts: not is_followed_by_appeal
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
