from dataiku.runnables import Runnable

from dataiku_iac.commands.apply_command import apply
from dataiku_iac.commands.inputs import ApplyInputs
from dataiku_iac.commands.macro import run_macro
from dataiku_iac.commands.progress import TARGET


class ApplyMacro(Runnable):
    def __init__(self, project_key, config, plugin_config):
        self.inputs = ApplyInputs.parse(config, plugin_config, project=project_key)

    def get_progress_target(self):
        return TARGET

    def run(self, progress_callback):
        return run_macro(apply, self.inputs, progress_callback)
