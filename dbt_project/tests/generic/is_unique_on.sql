{#- The grain of a table: no two rows agree in all of these columns, and none of them is null. -#}
{% test is_unique_on(model, columns) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by all
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
