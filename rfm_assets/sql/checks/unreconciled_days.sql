-- one row per file and business day not checked yet whose lines or money differ between raw and clean.
-- Also one per such day that differs from its ledger, and one if all files differ from the whole ledger in lines.
with parts as (
    select
        transactions.file_id,
        transactions.invoiced_on,
        count(*) as read_lines,
        cast(0 as bigint) as clean_lines,
        sum(transactions.quantity * transactions.unit_price) as read_amount,
        cast(0 as decimal(28, 4)) as clean_amount,
    from raw.transactions as transactions
    inner join unchecked_days
        on transactions.invoiced_on = unchecked_days.invoiced_on
    group by transactions.file_id, transactions.invoiced_on
    union all
    select
        transactions.file_id,
        transactions.invoiced_on,
        cast(0 as bigint) as read_lines,
        count(*) as clean_lines,
        cast(0 as decimal(28, 4)) as read_amount,
        sum(transactions.amount) as clean_amount,
    from clean.transactions as transactions
    inner join unchecked_days
        on transactions.invoiced_on = unchecked_days.invoiced_on
    group by transactions.file_id, transactions.invoiced_on
    union all
    select
        rejected.file_id,
        rejected.invoiced_on,
        cast(0 as bigint) as read_lines,
        count(*) as clean_lines,
        cast(0 as decimal(28, 4)) as read_amount,
        sum(rejected.quantity * rejected.unit_price) as clean_amount,
    from clean.rejected as rejected
    inner join unchecked_days
        on rejected.invoiced_on = unchecked_days.invoiced_on
    group by rejected.file_id, rejected.invoiced_on
    union all
    select
        copies.file_id,
        copies.invoiced_on,
        cast(0 as bigint) as read_lines,
        count(*) as clean_lines,
        cast(0 as decimal(28, 4)) as read_amount,
        sum(copies.amount) as clean_amount,
    from clean.copies as copies
    inner join unchecked_days
        on copies.invoiced_on = unchecked_days.invoiced_on
    group by copies.file_id, copies.invoiced_on
),

by_file as (
    select
        coalesce(files.name, 'no loaded file') as name,
        parts.invoiced_on,
        cast(sum(parts.read_lines) as bigint) as read_lines,
        cast(sum(parts.clean_lines) as bigint) as clean_lines,
        cast(sum(parts.read_amount) as decimal(28, 4)) as read_amount,
        cast(sum(parts.clean_amount) as decimal(28, 4)) as clean_amount,
        files.name is not null as is_loaded,
    from parts
    left join raw.files as files
        on
            parts.file_id = files.file_id
            and files.status = 'loaded'
    group by files.file_id, files.name, parts.invoiced_on
),

by_day as (
    select
        invoiced_on,
        sum(read_lines) as read_lines,
        sum(read_amount) as read_amount,
    from by_file
    group by invoiced_on
),

copies as (
    select
        copies.invoiced_on,
        count(*) as line_count,
        sum(copies.amount) as amount,
    from clean.copies as copies
    inner join unchecked_days
        on copies.invoiced_on = unchecked_days.invoiced_on
    group by copies.invoiced_on
),

ledger as (
    select
        ledger.invoiced_on,
        cast(ledger.read_lines + coalesce(copies.line_count, 0) as bigint) as line_count,
        cast(ledger.read_amount + coalesce(copies.amount, 0) as decimal(28, 4)) as amount,
    from clean.ledger as ledger
    inner join unchecked_days
        on ledger.invoiced_on = unchecked_days.invoiced_on
    left join copies
        on ledger.invoiced_on = copies.invoiced_on
),

loaded as (
    select coalesce(sum(line_count - unreadable_count), 0) as read_lines,
    from raw.files
    where status = 'loaded'
),

counted as (
    select coalesce(sum(read_lines), 0) as clean_lines,
    from clean.ledger
),

every_copy as (
    select count(*) as copy_lines,
    from clean.copies
),

every_line as (
    select
        loaded.read_lines,
        counted.clean_lines + every_copy.copy_lines as clean_lines,
    from loaded
    cross join counted
    cross join every_copy
)

select
    name,
    invoiced_on,
    read_lines,
    clean_lines,
    read_amount,
    clean_amount,
from by_file
where
    read_lines <> clean_lines
    or read_amount <> clean_amount
    or not is_loaded
union all
select
    'all files, by the ledger' as name,
    ledger.invoiced_on,
    cast(coalesce(by_day.read_lines, 0) as bigint) as read_lines,
    ledger.line_count as clean_lines,
    cast(coalesce(by_day.read_amount, 0) as decimal(28, 4)) as read_amount,
    ledger.amount as clean_amount,
from ledger
left join by_day
    on ledger.invoiced_on = by_day.invoiced_on
where
    ledger.line_count <> coalesce(by_day.read_lines, 0)
    or ledger.amount <> coalesce(by_day.read_amount, 0)
union all
select
    'all files, by the whole ledger' as name,
    cast(null as date) as invoiced_on,
    cast(read_lines as bigint) as read_lines,
    cast(clean_lines as bigint) as clean_lines,
    cast(null as decimal(28, 4)) as read_amount,
    cast(null as decimal(28, 4)) as clean_amount,
from every_line
where read_lines <> clean_lines
order by name, invoiced_on
