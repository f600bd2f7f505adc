{#- Every part of a list that a column holds stands in a column of another table. -#}
{% test are_listed_in(model, column_name, to, field, separator='; ') %}
select parts.part
from (
    select unnest(string_split({{ column_name }}, '{{ separator }}')) as part
    from {{ model }}
) as parts
where parts.part not in (select {{ field }} from {{ to }})
{% endtest %}
