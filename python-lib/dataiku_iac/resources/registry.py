"""All kinds. A new kind is one module, one line here, one declaration under ``tests/kinds``."""

from __future__ import annotations

from typing import Final

from dataiku_iac.core.kind import Registry
from dataiku_iac.resources.agent_tools import AgentToolKind
from dataiku_iac.resources.agents import AgentKind
from dataiku_iac.resources.analyses import AnalysisKind
from dataiku_iac.resources.api_services import ApiServiceKind
from dataiku_iac.resources.code_studios import CodeStudioKind
from dataiku_iac.resources.dashboards import DashboardKind
from dataiku_iac.resources.datasets import DatasetKind
from dataiku_iac.resources.evaluation_stores import EvaluationStoreKind
from dataiku_iac.resources.folders import FolderKind
from dataiku_iac.resources.insights import InsightKind
from dataiku_iac.resources.knowledge_banks import KnowledgeBankKind
from dataiku_iac.resources.labeling_tasks import LabelingTaskKind
from dataiku_iac.resources.libraries import LibraryKind
from dataiku_iac.resources.ml_tasks import MlTaskKind
from dataiku_iac.resources.model_comparisons import ModelComparisonKind
from dataiku_iac.resources.notebooks import NotebookKind
from dataiku_iac.resources.projects import ProjectKind
from dataiku_iac.resources.recipes import RecipeKind
from dataiku_iac.resources.retrieval_augmented_llms import RetrievalAugmentedLlmKind
from dataiku_iac.resources.saved_models import SavedModelKind
from dataiku_iac.resources.scenarios import ScenarioKind
from dataiku_iac.resources.semantic_models import SemanticModelKind
from dataiku_iac.resources.sql_notebooks import SqlNotebookKind
from dataiku_iac.resources.streaming_endpoints import StreamingEndpointKind
from dataiku_iac.resources.webapps import WebappKind
from dataiku_iac.resources.wiki import WikiKind
from dataiku_iac.resources.worksheets import WorksheetKind
from dataiku_iac.resources.zone_shares import ZoneShareKind
from dataiku_iac.resources.zones import ZoneKind

__all__ = ["KINDS"]

KINDS: Final = Registry(
    (
        ProjectKind(),
        ZoneKind(),
        FolderKind(),
        LibraryKind(),
        DatasetKind(),
        EvaluationStoreKind(),
        AgentKind(),
        AgentToolKind(),
        AnalysisKind(),
        KnowledgeBankKind(),
        MlTaskKind(),
        ModelComparisonKind(),
        RetrievalAugmentedLlmKind(),
        SemanticModelKind(),
        StreamingEndpointKind(),
        SavedModelKind(),
        ZoneShareKind(),
        RecipeKind(),
        LabelingTaskKind(),
        WebappKind(),
        NotebookKind(),
        SqlNotebookKind(),
        WorksheetKind(),
        ApiServiceKind(),
        CodeStudioKind(),
        ScenarioKind(),
        InsightKind(),
        DashboardKind(),
        WikiKind(),
    )
)
