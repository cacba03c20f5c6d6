"""What the forms of the macros offer; the work is done in the plugin's library."""


def do(payload, config, plugin_config, inputs):
    """Answer which values a parameter of a macro can have."""
    from dataiku_iac.commands.choices import list_choices

    return {"choices": list_choices(payload, config, plugin_config)}
