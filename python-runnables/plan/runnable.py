from dataiku.runnables import Runnable

from dataiku_iac.commands.inputs import PlanInputs
from dataiku_iac.commands.macro import run_macro
from dataiku_iac.commands.plan_command import plan
from dataiku_iac.commands.progress import TARGET


class PlanMacro(Runnable):
    def __init__(self, project_key, config, plugin_config):
        self.inputs = PlanInputs.parse(config, plugin_config, project=project_key)

    def get_progress_target(self):
        return TARGET

    def run(self, progress_callback):
        return run_macro(plan, self.inputs, progress_callback)
