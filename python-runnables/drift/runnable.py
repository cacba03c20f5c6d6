from dataiku.runnables import Runnable

from dataiku_iac.commands.drift_command import drift
from dataiku_iac.commands.inputs import DriftInputs
from dataiku_iac.commands.macro import run_macro
from dataiku_iac.commands.progress import TARGET


class DriftMacro(Runnable):
    def __init__(self, project_key, config, plugin_config):
        self.inputs = DriftInputs.parse(config, plugin_config, project=project_key)

    def get_progress_target(self):
        return TARGET

    def run(self, progress_callback):
        return run_macro(drift, self.inputs, progress_callback)
