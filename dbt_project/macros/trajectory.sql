{#- Two figures are the same, and a bound is reached, when they differ by no more than the last
    digits of a division do. -#}
{% macro last_digits() -%} 1e-9 {%- endmacro %}

{#- Between two points of the plan, in whole months; a whole number that grows is not reached before
    it is whole. Of a point with the one after it and the months passed. -#}
{% macro between_points() -%}
    case
        when is_cumulative
            then floor(target_value + (next_value - target_value) * months_passed / months_between)
        else target_value + (next_value - target_value) * months_passed / months_between
    end
{%- endmacro %}

{#- By how much a figure is worse than what the plan prints: below zero when it is better; null
    where the plan says neither more nor less. -#}
{% macro shortfall(actual, operator, expected, direction) -%}
    case
        when {{ operator }} in ('>', 'higher') then {{ expected }} - {{ actual }}
        when {{ operator }} in ('<', 'lower') then {{ actual }} - {{ expected }}
        when {{ operator }} = '=' and {{ direction }} = 'higher' then {{ expected }} - {{ actual }}
        when {{ operator }} = '=' and {{ direction }} = 'lower' then {{ actual }} - {{ expected }}
    end
{%- endmacro %}

{#- The plan's grammar: `75%` is met by 75, `>6` and `Higher` only by more, `<138` and `Lower` only
    by less; null where there is nothing to meet. -#}
{% macro is_met(actual, operator, expected, direction) -%}
    case
        when {{ operator }} = '='
            then
                {{ shortfall(actual, operator, expected, direction) }} <= {{ last_digits() }}
        else {{ shortfall(actual, operator, expected, direction) }} < -{{ last_digits() }}
    end
{%- endmacro %}

{#- How far a figure may miss its trajectory and be amber: a share by points, a count in
    proportion. -#}
{% macro amber_allowance(expected, unit) -%}
    if(
        {{ unit }} = 'pct',
        {{ factor('rag_amber_points') }},
        {{ expected }} * {{ factor('rag_amber_pct') }} / 100
    )
{%- endmacro %}

{#- Green when met, amber when missed by no more than allowed, red beyond; grey without either. -#}
{% macro rag(actual, operator, expected, direction, unit) -%}
    case
        when {{ is_met(actual, operator, expected, direction) }} then 'green'
        when
            {{ shortfall(actual, operator, expected, direction) }}
            <= {{ amber_allowance(expected, unit) }} + {{ last_digits() }}
            then 'amber'
        when {{ is_met(actual, operator, expected, direction) }} is not null then 'red'
        else 'grey'
    end
{%- endmacro %}
