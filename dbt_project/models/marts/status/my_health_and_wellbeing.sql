{{ config(materialized='view') }}

{{ status_of('My Health and Wellbeing') }}
