{% macro measures_of_sufficiency() -%}
    {%- set text -%}
reads: specialist_places
feeds: [sufficiency]
table: places

measures:
  early_years_funded:
    adds: {numerator: funded_children}

  specialist_places_commissioned:
    excluded:
      - other_place: not is_specialist
    adds: {numerator: commissioned_places}

  specialist_places_filled:
    excluded:
      - other_place: not is_specialist
    adds: {numerator: filled_places, denominator: commissioned_places}

  mainstream_places_commissioned:
    excluded:
      - other_place: not is_in_mainstream
    adds: {numerator: commissioned_places}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
