{#- Why a young person is not of the cohort of these academic ages; null where they are. -#}
{% macro not_of_cohort(from_age, to_age, with_plan_only=false, whatever_they_do=false) -%}
    case
        when cohort_exclusion is not null then cohort_exclusion
        when
            cohort_status = 'G'
            and not {{ whatever_they_do }}
            and {{ choice('nccis_guarantee_only') }} = 'leaves'
            then 'guarantee_only'
        when is_repeated then 'person_twice'
        when is_of_other_authority then 'other_authority'
        when academic_age not between {{ from_age }} and {{ to_age }} then 'other_age'
        when {{ with_plan_only }} and not coalesce(has_ehcp, false) then 'no_plan'
        when {{ whatever_they_do }} or is_in_16_17_cohort then null
        when activity_group = 'compulsory school age' then 'school_age_activity'
        when activity_group = 'other' then 'custody'
        else 'other_activity'
    end
{%- endmacro %}
