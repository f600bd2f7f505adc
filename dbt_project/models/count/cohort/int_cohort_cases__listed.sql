with

submissions as (
    select * from {{ ref('int_submissions__uncounted') }}
),

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
    where is_open
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
    where is_open
),

post16_status as (
    select * from {{ ref('post16_status') }}
    where position = 'neet'
),

casework as (
    select
        submission_id,
        case_id,
        assessment_id,
        'plan' as kind
    from plans
    union all by name
    select
        submission_id,
        case_id,
        assessment_id,
        'assessment' as kind
    from assessments
),

-- Whose case it is the map of the month says: kept is the row of the delivery that holds numbers.
cases as (
    select
        casework.submission_id,
        casework.kind,
        coalesce(casework.case_id, casework.assessment_id) as case_key,
        requests.person_row
    from casework
    left join requests
        on
            casework.submission_id = requests.submission_id
            and casework.assessment_id
            = requests.submission_id || '-' || requests.requeststableid
    union all by name
    select
        submission_id,
        'neet' as kind,
        source_row as person_row
    from post16_status
),

listed as (
    select cases.*
    from cases
    semi join submissions on cases.submission_id = submissions.submission_id
)

select * from listed
