with

lists as (
    select * from {{ ref('int_published_lists__pivoted') }}
),

withholding as (
    select * from {{ ref('int_findings__withholding') }}
),

editions as (
    select * from {{ ref('int_editions__chosen') }}
),

-- A table of the edition that cannot be read: nobody's bands are whole.
whole_editions as (
    select
        cast(period || '-01' as date) as period_start,
        min(rule_id) as rule_id
    from {{ ref('stg_run__findings') }}
    where dataset = 'chs_waits' and org_level = 'edition' and severity in ('withhold', 'refuse')
    group by period
),

service_lines as (
    select * from {{ ref('chs_service_lines') }}
),

area_names as (
    select
        area_code,
        area_name as todays_name,
        case kind when 'nhs_region' then 'region' when 'country' then 'national' else kind end
            as geo_level
    from {{ ref('int_areas__named') }}
),

listed as (
    select
        submission_id,
        org_code as area_code,
        org_name,
        service_line,
        geo_level,
        is_national_only,
        total_symbol,
        band_symbol,
        total,
        band_0_7,
        band_8_14,
        band_15_28,
        band_29_84,
        band_85_126,
        band_127_364,
        band_365_plus,
        band_0_7 + band_8_14 + band_15_28 + band_29_84 + band_85_126 as within_18w_count,
        period_start,
        period_end,
        known_on
    from lists
    where is_for_children and org_code is not null
),

-- A list that a finding misses has no row in the workbook, and still has figures to withhold.
vanished as (
    select
        editions.submission_id,
        withholding.area_code,
        coalesce(area_names.geo_level, 'provider') as geo_level,
        withholding.service_line,
        editions.period_start,
        editions.period_end,
        editions.known_on
    from withholding
    inner join editions on withholding.period_start = editions.period_start
    inner join service_lines
        on
            withholding.service_line = service_lines.label
            and service_lines.audience = 'CYP'
    left join area_names on withholding.area_code = area_names.area_code
    anti join listed
        on
            withholding.area_code = listed.area_code
            and withholding.service_line = listed.service_line
            and withholding.period_start = listed.period_start
    where withholding.is_own
),

all_lists as (
    select * from listed
    union all by name
    select * from vanished
),

reasoned as (
    select
        all_lists.*,
        coalesce(area_names.todays_name, all_lists.org_name, all_lists.area_code) as area_name,
        coalesce(
            'withheld:' || withholding.list_rule,
            case
                when all_lists.total is not null then null
                when all_lists.total_symbol != 'blank' then 'publisher:' || all_lists.total_symbol
                when all_lists.is_national_only and all_lists.geo_level != 'national'
                    then 'publisher:blank'
                else 'no_figure'
            end
        ) as list_reason,
        'withheld:' || coalesce(withholding.bands_rule, whole_editions.rule_id)
            as bands_withheld_reason
    from all_lists
    left join whole_editions on all_lists.period_start = whole_editions.period_start
    left join area_names on all_lists.area_code = area_names.area_code
    left join withholding
        on
            all_lists.area_code = withholding.area_code
            and all_lists.service_line = withholding.service_line
            and all_lists.period_start = withholding.period_start
),

judged as (
    select
        * exclude (org_name, bands_withheld_reason),
        coalesce(
            list_reason,
            bands_withheld_reason,
            case
                when within_18w_count is null or band_127_364 is null or band_365_plus is null
                    then 'publisher:' || coalesce(band_symbol, 'blank')
            end
        ) as bands_reason
    from reasoned
    where coalesce(list_reason, '') != 'no_figure'
)

select * from judged
