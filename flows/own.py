"""The flow run that this process is, and the API that it belongs to."""

from prefect.context import FlowRunContext
from prefect.settings import get_current_settings

from flows.api import Api


def own_api() -> Api:
    """Return the API that the current flow run belongs to."""
    settings = get_current_settings()
    auth = settings.api.auth_string
    return Api(url=str(settings.api.url), auth=auth.get_secret_value() if auth else "")


def own_flow_run() -> str:
    """Return the id of the current flow run; empty outside of one."""
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else ""
