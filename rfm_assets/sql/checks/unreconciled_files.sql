-- one row per file whose lines or money differ between raw and clean.
with parts as (
    select
        file_id,
        count(*) as raw_lines,
        sum(quantity * unit_price) as raw_amount,
        cast(0 as bigint) as clean_lines,
        cast(0 as decimal(28, 4)) as clean_amount,
    from raw.transactions
    group by file_id
    union all
    select
        file_id,
        cast(0 as bigint) as raw_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        count(*) as clean_lines,
        sum(amount) as clean_amount,
    from clean.transactions
    group by file_id
    union all
    select
        file_id,
        cast(0 as bigint) as raw_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        count(*) as clean_lines,
        sum(quantity * unit_price) as clean_amount,
    from clean.rejected
    group by file_id
),

sums as (
    select
        file_id,
        sum(raw_lines) as raw_lines,
        sum(clean_lines) as clean_lines,
        sum(raw_amount) as raw_amount,
        sum(clean_amount) as clean_amount,
    from parts
    group by file_id
)

select
    sums.file_id,
    files.name,
    sums.raw_lines,
    sums.clean_lines,
    sums.raw_amount,
    sums.clean_amount,
from sums
left join raw.files as files
    on sums.file_id = files.file_id
where
    sums.raw_lines <> sums.clean_lines
    or sums.raw_amount <> sums.clean_amount
order by sums.file_id
