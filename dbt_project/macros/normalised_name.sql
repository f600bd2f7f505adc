{#- An organisation's name without case, punctuation and spacing, '&' read as 'and'. -#}
{% macro normalised_name(column) -%}
    trim(regexp_replace(replace(upper({{ column }}), '&', ' AND '), '[^A-Z0-9]+', ' ', 'g'))
{%- endmacro %}
