{{ config(materialized='view') }}

{{ status_of('My Support Needs') }}
