{#- Every value stands in a column of one of the seeds: what is new there needs no edit here. -#}
{% test is_listed_in(model, column_name, seeds) %}
select {{ column_name }}
from {{ model }}
where
    {% for seed, column in seeds.items() %}
        {{ column_name }} not in (select {{ column }} from {{ ref(seed) }})
        {% if not loop.last %}and{% endif %}
    {% endfor %}
{% endtest %}
