{#- Whether a plan was in force on a day: from its start until the day before it ceased. What is not
    known of start, end or day does not speak against it. -#}
{% macro in_force_on(plans, day) -%}
    (
        coalesce({{ plans }}.start_date <= {{ day }}, true)
        and coalesce({{ plans }}.cease_date > {{ day }}, true)
    )
{%- endmacro %}
