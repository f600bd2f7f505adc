{#- Rules of Making Data Count. A point of a chart is judged against the mean and limits of its
    segment; what speaks of neighbours looks only at months that follow each other without a gap. -#}

{#- 1 above the mean, -1 below, 0 on it. -#}
{% macro side_of(value, mean) -%}
    case
        when {{ value }} > {{ mean }} + {{ last_digits() }} then 1
        when {{ value }} < {{ mean }} - {{ last_digits() }} then -1
        else 0
    end
{%- endmacro %}

{#- 1 above the upper limit, -1 below the lower; a point on a limit is inside. -#}
{% macro outside(value, lower, upper) -%}
    case
        when {{ value }} > {{ upper }} + {{ last_digits() }} then 1
        when {{ value }} < {{ lower }} - {{ last_digits() }} then -1
        else 0
    end
{%- endmacro %}

{#- Which way the sign of a point goes. -#}
{% macro towards() -%}
    case spc_rule when 'outside' then outside when 'trend' then trend else side end
{%- endmacro %}

{#- One rule a point, the strongest sign first. -#}
{% macro strongest_rule(outside, trend, two_of_three, shift) -%}
    case
        when {{ outside }} != 0 then 'outside'
        when {{ trend }} != 0 then 'trend'
        when {{ two_of_three }} != 0 then 'two_of_three'
        when {{ shift }} != 0 then 'shift'
        else 'none'
    end
{%- endmacro %}

{#- What a sign means: `towards` is 1 where figures are high or rise, -1 where they are low or
    fall. -#}
{% macro variation(rule, towards, direction) -%}
    case
        when {{ rule }} = 'none' then 'common_cause'
        when {{ direction }} = 'monitor' then 'special_cause_neutral'
        when {{ towards }} = if({{ direction }} = 'higher', 1, -1) then 'special_cause_improvement'
        else 'special_cause_concern'
    end
{%- endmacro %}

{#- Whether a target lies beyond what the process does by chance; one on a limit does not. -#}
{% macro assurance(target, lower, upper, direction) -%}
    case
        when {{ target }} is null or {{ upper }} is null or {{ direction }} = 'monitor' then 'none'
        when {{ outside(target, lower, upper) }} = 0 then 'hit_and_miss'
        when {{ outside(target, lower, upper) }} = if({{ direction }} = 'higher', 1, -1)
            then 'consistently_failing'
        else 'consistently_passing'
    end
{%- endmacro %}
