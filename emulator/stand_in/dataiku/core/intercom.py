"""The private calls between code and its node; only those that the stand-in itself or plugins are known to use."""

from dataiku.core.client import api_client

__all__ = ["backend_json_call", "jek_or_backend_json_call"]


def backend_json_call(path, data=None):
    """Call the private route ``path`` of the node with the fields ``data`` and return its JSON."""
    return api_client()._perform_json("POST", f"/intercom/{path}", body=data or {})


jek_or_backend_json_call = backend_json_call
