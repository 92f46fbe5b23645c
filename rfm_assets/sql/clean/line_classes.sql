-- one row per class that lines of the touched days fall in, those of accepted lines first.
select
    coalesce(reason, line_kind) as line_class,
    reason is not null as is_rejected,
    count(*) as line_count,
from classified
group by
    line_class,
    is_rejected
order by
    is_rejected asc,
    line_count desc,
    line_class asc
