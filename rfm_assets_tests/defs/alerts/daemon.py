"""A daemon that looks with one of the sensors."""

import dagster as dg

from rfm_assets.defs.alerts import alerts


class Daemon:
    """Looks with a sensor as the daemon does: made anew for each look, and a cursor kept only when the look ended."""

    def __init__(self, instance: dg.DagsterInstance, name: str = "alert_webhook") -> None:
        self._instance = instance
        self._name = name
        self._cursor: str | None = None

    def look(self) -> str:
        (sensor,) = (one for one in alerts().sensors or [] if one.name == self._name)
        context = dg.build_sensor_context(self._instance, cursor=self._cursor)
        skipped = sensor(context)
        self._cursor = context.cursor
        assert isinstance(skipped, dg.SkipReason)
        return skipped.skip_message or ""
