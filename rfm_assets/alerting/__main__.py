"""Send a sample alert by every way that is set: `make alert-test`, or `python -m rfm_assets.alerting`."""

import sys

from rfm_assets.alerting.errors import AlertError
from rfm_assets.alerting.message import Trouble, compose
from rfm_assets.alerting.sending import WAYS, secrets_of
from rfm_assets.settings import SECRETS, SettingsError, load_settings


def main() -> int:
    """Send it and say what became of it; return the exit status."""
    try:
        settings = load_settings()
    except SettingsError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 2
    ways = [way for way in WAYS if way.is_set(settings)]
    if not ways:
        print(f"error: nobody would be told: set {' or '.join(way.variable for way in WAYS)}", file=sys.stderr)
        return 2
    cause = ("sample", "nothing failed, somebody tries out whether alerts arrive")
    trouble = Trouble("a trial", "", has_failed=True, url=settings.ui_url, causes=[cause])
    published = f"what was published before, as always ({settings.published.absolute()})"
    message = compose([trouble], published, settings.ui_url, secrets_of(settings))
    failed = False
    for way in ways:
        try:
            way.send(settings, message)
        except AlertError as wrong:
            failed = True
            print(f"error: {wrong}", file=sys.stderr)
        else:
            to = "" if way.setting in SECRETS else f" to {getattr(settings, way.setting)}"
            print(f"sent: {way.name}{to}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
