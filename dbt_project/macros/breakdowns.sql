{#- What cases are broken down by, one at a time: columns of `int_local_cases__united`. -#}
{% macro case_breakdowns() -%}
    {{ return([
        'sex', 'age_band', 'ethnicity_group', 'primary_need', 'setting_type',
        'service', 'wait_band', 'ground', 'parental_consent', 'planned_length',
    ]) }}
{%- endmacro %}
