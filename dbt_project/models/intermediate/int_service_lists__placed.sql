with

expected as (
    select * from {{ ref('int_service_lists__expected') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

withholding as (
    select * from {{ ref('int_findings__withholding') }}
),

flows as (
    select * from {{ ref('int_service_flows__sourced') }}
),

sourced as (
    select
        coalesce(expected.sender, flows.sender) as sender,
        coalesce(expected.service, flows.service) as service,
        expected.stock_submission_id,
        expected.stock_gap,
        expected.stock_known_on,
        flows.flow_submission_id,
        case
            when flows.flow_submission_id is null
                then coalesce('withheld:' || flows.newest_rule, expected.stock_gap)
        end as flow_gap,
        flows.flow_known_on,
        coalesce(expected.has_history, true) as has_history,
        expected.period_start is not null as is_owed,
        coalesce(expected.period_start, flows.period_start) as period_start,
        coalesce(expected.period_end, flows.period_end) as period_end
    from expected
    full join flows
        on
            expected.sender = flows.sender
            and expected.service = flows.service
            and expected.period_start = flows.period_start
),

judged as (
    select
        sourced.*,
        withholding.list_rule,
        withholding.bands_rule
    from sourced
    left join withholding
        on
            withholding.basis = 'local'
            and sourced.sender = withholding.area_code
            and sourced.service = withholding.service_line
            and sourced.period_start = withholding.period_start
),

-- A list counts in two areas: its sender's own and the one whose children it serves.
placed as (
    select
        senders.area_code,
        senders.area_name,
        judged.*
    from judged
    inner join senders on judged.sender = senders.sender
    union all
    select
        judged.sender as area_code,
        senders.sender_name as area_name,
        judged.*
    from judged
    inner join senders on judged.sender = senders.sender
    where judged.has_history
)

select * from placed
