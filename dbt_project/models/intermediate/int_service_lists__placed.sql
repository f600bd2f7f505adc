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

-- A list counts in two areas: its sender's own and the one whose children it serves.
placed as (
    select
        senders.area_code,
        senders.area_name,
        expected.*
    from expected
    inner join senders on expected.sender = senders.sender
    union all
    select
        expected.sender as area_code,
        senders.sender_name as area_name,
        expected.*
    from expected
    inner join senders on expected.sender = senders.sender
    where expected.has_history
),

judged as (
    select
        placed.*,
        flows.flow_submission_id,
        case
            when flows.flow_submission_id is not null then null
            else coalesce('withheld:' || flows.newest_rule, placed.stock_gap)
        end as flow_gap,
        flows.flow_known_on,
        withholding.list_rule,
        withholding.bands_rule
    from placed
    left join flows
        on
            placed.sender = flows.sender
            and placed.service = flows.service
            and placed.period_start = flows.period_start
    left join withholding
        on
            withholding.basis = 'local'
            and placed.sender = withholding.area_code
            and placed.service = withholding.service_line
            and placed.period_start = withholding.period_start
)

select * from judged
