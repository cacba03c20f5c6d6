from dataiku.runnables import Runnable

from dataiku_iac.commands.import_command import run_import
from dataiku_iac.commands.inputs import ImportInputs
from dataiku_iac.commands.macro import run_macro
from dataiku_iac.commands.progress import TARGET


class ImportMacro(Runnable):
    def __init__(self, project_key, config, plugin_config):
        self.inputs = ImportInputs.parse(config, plugin_config, project=project_key)

    def get_progress_target(self):
        return TARGET

    def run(self, progress_callback):
        return run_macro(run_import, self.inputs, progress_callback)
