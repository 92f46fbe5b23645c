"""Send a sample alert by every way that is set: `make alert-test`, or `python -m rfm_assets.alerting`."""

import sys

from rfm_assets.alerting.errors import AlertError
from rfm_assets.alerting.message import Trouble, compose
from rfm_assets.alerting.sending import secrets_of, send_by_mail, send_to_webhook
from rfm_assets.settings import SettingsError, load_settings


def main() -> int:
    """Send it and say what became of it; return the exit status."""
    try:
        settings = load_settings()
    except SettingsError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 2
    ways = [
        (f"mail to {settings.alert_mail_to}", settings.alert_mail_to, send_by_mail),
        ("webhook", settings.alert_webhook, send_to_webhook),
    ]
    if not any(is_set for _, is_set, _ in ways):
        print("error: nobody would be told: set RFM_ALERT_WEBHOOK or RFM_ALERT_MAIL_TO", file=sys.stderr)
        return 2
    cause = ("sample", "nothing failed, somebody tries out whether alerts arrive")
    trouble = Trouble("a trial", "", has_failed=True, url=settings.ui_url, causes=[cause])
    published = f"what was published before, as always ({settings.published.absolute()})"
    message = compose([trouble], published, settings.ui_url, secrets_of(settings))
    failed = False
    for name, is_set, send in ways:
        if not is_set:
            continue
        try:
            send(settings, message)
        except AlertError as wrong:
            failed = True
            print(f"error: {wrong}", file=sys.stderr)
        else:
            print(f"sent: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
