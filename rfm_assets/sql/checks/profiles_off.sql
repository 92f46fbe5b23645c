-- one row per snapshot in the range whose profiles do not add up to its customers and their money.
with customers as (
    select
        snapshot_on,
        count(*) as customers,
        sum(monetary) as monetary,
    from segments.customers
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    group by snapshot_on
),

profiles as (
    select
        snapshot_on,
        sum(customers) as customers,
        sum(monetary) as monetary,
    from segments.profiles
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    group by snapshot_on
)

select
    coalesce(customers.snapshot_on, profiles.snapshot_on) as snapshot_on,
    customers.customers,
    profiles.customers as profile_customers,
    customers.monetary,
    profiles.monetary as profile_monetary,
from customers
full outer join profiles
    on customers.snapshot_on = profiles.snapshot_on
where
    customers.customers is distinct from profiles.customers
    or customers.monetary is distinct from profiles.monetary
order by snapshot_on
