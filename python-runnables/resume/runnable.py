from dataiku.runnables import Runnable

from dataiku_iac.commands.inputs import ResumeInputs
from dataiku_iac.commands.macro import run_macro
from dataiku_iac.commands.progress import TARGET
from dataiku_iac.commands.resume_command import resume


class ResumeMacro(Runnable):
    def __init__(self, project_key, config, plugin_config):
        self.inputs = ResumeInputs.parse(config, plugin_config, project=project_key)

    def get_progress_target(self):
        return TARGET

    def run(self, progress_callback):
        return run_macro(resume, self.inputs, progress_callback)
