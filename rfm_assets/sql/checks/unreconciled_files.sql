-- one row per file, and one for all of them, whose lines or money differ between what was read and what became of it.
with parts as (
    select
        file_id,
        cast(0 as bigint) as clean_lines,
        cast(0 as bigint) as unreadable_lines,
        sum(quantity * unit_price) as raw_amount,
        cast(0 as decimal(28, 4)) as clean_amount,
    from raw.transactions
    group by file_id
    union all
    select
        file_id,
        cast(0 as bigint) as clean_lines,
        count(*) as unreadable_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        cast(0 as decimal(28, 4)) as clean_amount,
    from raw.unreadable
    group by file_id
    union all
    select
        file_id,
        count(*) as clean_lines,
        cast(0 as bigint) as unreadable_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        sum(amount) as clean_amount,
    from clean.transactions
    group by file_id
    union all
    select
        file_id,
        count(*) as clean_lines,
        cast(0 as bigint) as unreadable_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        sum(quantity * unit_price) as clean_amount,
    from clean.rejected
    group by file_id
    union all
    select
        file_id,
        count(*) as clean_lines,
        cast(0 as bigint) as unreadable_lines,
        cast(0 as decimal(28, 4)) as raw_amount,
        sum(amount) as clean_amount,
    from clean.copies
    group by file_id
),

sums as (
    select
        file_id,
        cast(sum(clean_lines) as bigint) as clean_lines,
        cast(sum(unreadable_lines) as bigint) as unreadable_lines,
        cast(sum(raw_amount) as decimal(28, 4)) as raw_amount,
        cast(sum(clean_amount) as decimal(28, 4)) as clean_amount,
    from parts
    group by file_id
),

loaded as (
    select
        file_id,
        name,
        line_count,
    from raw.files
    where status = 'loaded'
),

-- From both sides: a file of which no line is stored, and lines of no file, must show too.
files as (
    select
        coalesce(loaded.name, 'no loaded file') as name,
        coalesce(loaded.line_count, 0) as read_lines,
        coalesce(sums.clean_lines, 0) as clean_lines,
        coalesce(sums.unreadable_lines, 0) as unreadable_lines,
        coalesce(sums.raw_amount, 0) as raw_amount,
        coalesce(sums.clean_amount, 0) as clean_amount,
    from sums
    full outer join loaded
        on sums.file_id = loaded.file_id
),

every_file as (
    select
        cast(coalesce(sum(read_lines), 0) as bigint) as read_lines,
        cast(coalesce(sum(unreadable_lines), 0) as bigint) as unreadable_lines,
        cast(coalesce(sum(raw_amount), 0) as decimal(28, 4)) as raw_amount,
    from files
),

ledger as (
    select
        coalesce(sum(read_lines), 0) as line_count,
        coalesce(sum(read_amount), 0) as amount,
    from clean.ledger
),

copies as (
    select
        count(*) as line_count,
        coalesce(sum(amount), 0) as amount,
    from clean.copies
),

compared as (
    select
        name,
        read_lines,
        clean_lines,
        unreadable_lines,
        raw_amount,
        clean_amount,
    from files
    union all
    select
        'all files, by the ledger' as name,
        every_file.read_lines,
        cast(ledger.line_count + copies.line_count as bigint) as clean_lines,
        every_file.unreadable_lines,
        every_file.raw_amount,
        cast(ledger.amount + copies.amount as decimal(28, 4)) as clean_amount,
    from every_file
    cross join ledger
    cross join copies
)

select
    name,
    read_lines,
    clean_lines,
    unreadable_lines,
    raw_amount,
    clean_amount,
from compared
where
    read_lines <> clean_lines + unreadable_lines
    or raw_amount <> clean_amount
order by name
