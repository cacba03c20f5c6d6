"""Connection to the node: ticket and address from the environment inside DSS, ``set_remote_dss`` outside [doc]."""

import os

import dataikuapi

__all__ = ["api_client", "clear_remote_dss", "set_remote_dss"]

_remote = {}


def api_client():
    """Return a ``dataikuapi.DSSClient`` as the user who runs this code."""
    if _remote:
        return dataikuapi.DSSClient(
            _remote["url"], _remote["api_key"], no_check_certificate=_remote["no_check_certificate"]
        )
    if "DKU_API_TICKET" in os.environ:
        protocol = os.environ.get("DKU_BACKEND_PROTOCOL", "http")
        url = "{}://{}:{}".format(protocol, os.environ["DKU_BACKEND_HOST"], os.environ["DKU_BACKEND_PORT"])
        return dataikuapi.DSSClient(url, internal_ticket=os.environ["DKU_API_TICKET"])
    if "DKU_DSS_URL" in os.environ and "DKU_API_KEY" in os.environ:
        return dataikuapi.DSSClient(os.environ["DKU_DSS_URL"], os.environ["DKU_API_KEY"])
    raise Exception("Not running inside DSS and no remote DSS set: call dataiku.set_remote_dss(url, api_key)")


def set_remote_dss(url, api_key, no_check_certificate=False):
    """Use the node at ``url`` from now on."""
    _remote.update(url=url, api_key=api_key, no_check_certificate=no_check_certificate)


def clear_remote_dss():
    """Forget what ``set_remote_dss`` said."""
    _remote.clear()
