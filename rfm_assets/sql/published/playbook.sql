-- one row per segment name.
select
    segment,
    description,
    recommended_action,
from segments.playbook
order by segment
