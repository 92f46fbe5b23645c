-- one row: the returns up to the snapshot as a whole.
select
    count(*) as return_lines,
    cast(coalesce(sum(-amount), 0) as decimal(28, 4)) as returned,
    cast(coalesce(sum(-amount) filter (where sale_invoice_id is not null), 0) as decimal(28, 4)) as linked,
from clean.returns
where returned_on <= cast($snapshot_on as date)
