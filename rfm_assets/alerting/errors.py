"""Why an alert was not sent."""


class AlertError(Exception):
    """The alert could not be sent; the message says by which way and why."""


class PassingError(AlertError):
    """As above, and another try may help."""
