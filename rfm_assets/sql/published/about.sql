-- one row: what the published file is.
with sources as (
    select string_agg(concat(name, ' ', sha256), '; ' order by name) as sources,
    from raw.files
    where status = 'loaded'
),

latest as (
    select
        snapshot_on,
        max(model_version) as model_version,
        count(*) as customers,
    from segments.customers
    group by snapshot_on
    order by snapshot_on desc
    limit 1
)

select
    cast($contract_version as bigint) as contract_version,
    latest.snapshot_on,
    latest.model_version,
    latest.customers,
    cast($monetary as varchar) as monetary_counts,
    cast($currency as varchar) as currency,
    sources.sources,
from latest
cross join sources
