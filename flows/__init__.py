"""Prefect: thin flows over the pipeline. Importing this package makes Prefect quiet and offline.

Prefect reads its settings from the environment when it is first imported, so they are put there
before that; what an operator has set himself stays. Its usage statistics need both switches.
"""

import os

OFFLINE = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}

for _name, _value in OFFLINE.items():
    os.environ.setdefault(_name, _value)
