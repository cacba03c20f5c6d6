"""The class behind ``params.json``. Source: object-shapes.md 5, api-projects-scenarios-deployer.md 3.5, 3.6."""

from typing import Final

from emulator.fragments import CHECKLISTS, CONTAINER_SELECTION, WEBAPP_INFRA, checks_shape, metrics_shape
from emulator.rights import PROJECT_FLAGS
from emulator.shapes import Field, Shape, items_of, nested, optional, sorted_set, value

__all__ = ["METADATA", "PARAMS", "PERMISSIONS", "PERMISSION_KEYS", "SETTINGS_SERVER_OWNED", "VARIABLES"]

_FLAGS_SINCE: Final = {
    "shareToWorkspaces": (10, 0),
    "editPermissions": (11, 0),
    "publishToDataCollections": (12, 0),
}
_PERMISSION: Final = Shape(
    "PermissionItem",
    {
        "group": optional(),
        "user": optional(),
        "invitationEmailStatus": optional(),
        **{flag: value(False, since=_FLAGS_SINCE.get(flag, ())) for flag in PROJECT_FLAGS},
    },
)
_OBJECT_REF: Final = Shape("ObjectRef", {"objectId": optional(), "objectType": optional()})
_AUTHORIZATION: Final = Shape("DashboardAuthorization", {"objectRef": nested(_OBJECT_REF), "modes": value([])})
_DASHBOARD_AUTHORIZATIONS: Final = Shape(
    "DashboardAuthorizations", {"allAuthorized": value(False), "authorizations": items_of(_AUTHORIZATION)}
)
_DASHBOARD_USERS: Final = Shape("AdditionalDashboardUsers", {"users": value([])})
_PERMISSION_FIELDS: Final[dict[str, Field]] = {
    "owner": optional(),
    "permissions": items_of(_PERMISSION),
    "dashboardAuthorizations": nested(_DASHBOARD_AUTHORIZATIONS),
    "additionalDashboardUsers": nested(_DASHBOARD_USERS),
}
PERMISSIONS: Final = Shape("ProjectPermissions", _PERMISSION_FIELDS)
PERMISSION_KEYS: Final = tuple(key for key in _PERMISSION_FIELDS if key != "owner")
"""Parts of ``params.json`` that only the permissions call shows."""

_EXPOSURE_RULE: Final = Shape("ExposureRule", {"targetProject": optional(), "appearOnFlow": value(True)})
_EXPOSED: Final = Shape(
    "ExposedObject",
    {
        "type": optional(),
        "localName": optional(),
        "quickSharingEnabled": value(False, since=(11, 0)),
        "rules": items_of(_EXPOSURE_RULE),
    },
)

_LATEST: Final = (15, 0)
"""For fields that appeared in files of 2026, in an order that is not known."""
_LIMIT: Final = Shape("Limit", {"soft": value(-1), "hard": value(-1)})
_LIMITS: Final = Shape(
    "LimitsSettings",
    {
        **{name: nested(_LIMIT) for name in ("memSampleBytes", "shakerMemTableBytes", "attachmentBytes")},
        **{name: nested(_LIMIT, since=(14, 0)) for name in ("sqlNotebookResultSetBytes", "sqlScenarioResultSetBytes")},
    },
)
_CODE_ENV: Final = Shape(
    "CodeEnvSelection",
    {"mode": value("INHERIT"), "useBuiltinEnv": optional(), "preventOverride": value(False), "envName": optional()},
)
_CODE_ENVS: Final = Shape("CodeEnvs", {"python": nested(_CODE_ENV), "r": nested(_CODE_ENV), "julia": nested(_CODE_ENV)})
_CLUSTER: Final = Shape(
    "ClusterSelection", {"clusterMode": value("INHERIT"), "clusterId": optional(), "defaultClusterId": optional()}
)
_BUILD: Final = Shape(
    "FlowBuildSettings",
    {
        "mergeSparkPipelines": value(False),
        "pruneBeforeSparkPipelines": value(True),
        "mergeSqlPipelines": value(False),
        "pruneBeforeSqlPipelines": value(True),
        "mergeCdePipelines": value(False, since=_LATEST),
        "pruneBeforeCdePipelines": value(True, since=_LATEST),
        "defaultRecipeHashPropagationBehavior": value("ENABLED", since=(13, 0)),
    },
)
_DISPLAY: Final = Shape(
    "FlowDisplaySettings",
    {
        "zonesGraphRenderingAlgorithm": value("DOT_OLDRANK"),
        "zonesGraphConnectZones": value(True),
        "zonesGraphForJobs": value(True, since=(12, 0)),
        "respectTraversalOrder": value(False, since=(13, 4)),
        "zonesManualPositioning": value(False, since=(13, 3)),
        "showFlowZoneDescriptions": value(True, since=_LATEST),
    },
)
_VISUAL_ENGINES: Final = Shape(
    "VisualRecipesEnginesSettings",
    {
        name: value(default)
        for recipes in ("Scalar", "SimpleShuffling", "ExpandingShuffling")
        for name, default in (
            (f"sparkFallbackToDSSEngineForSmallDatasetsOn{recipes}Recipes", "INHERIT"),
            (f"maxSizeMBForDatasetToBeConsideredSmallOn{recipes}Recipes", 20),
        )
    },
)
_EXPLICIT_LOGGING: Final = Shape(
    "AgentLoggingSettings",
    {
        "flushEveryBytes": value(10_000_000),
        "flushEveryS": value(900),
        "contentMode": value("NO_LOGS_NO_TRACE"),
        "writeAsUser": optional(),
    },
    is_open=True,
)
_AGENT_LOGGING: Final = Shape(
    "AgentInteractionLogging", {"mode": value("NONE"), "explicitSettings": nested(_EXPLICIT_LOGGING)}
)
_SETTINGS: Final = Shape(
    "ProjectSettings",
    {
        "flowAnchorSourcesAndSinks": value(True),
        "flowDisplaySettings": nested(_DISPLAY),
        "gitCommitMode": value("AUTO"),
        "useRemoteGit": optional(),
        "disableAutomaticTriggers": value(False),
        "integrations": nested(Shape("Integrations", {"integrations": value([])})),
        "flowBuildSettings": nested(_BUILD),
        "sharingRequestsEnabled": value("INHERIT", since=(11, 0)),
        "limitedVisibilityEnabled": value("INHERIT", since=(11, 0)),
        "accessRequestsEnabled": value("INHERIT", since=(11, 0)),
        "limitsSettings": nested(_LIMITS),
        "relocationSettings": nested(
            Shape("Relocation", {"sqlLikeRecipesInitializationMode": value("RESOLVED_TABLE_REFERENCES")})
        ),
        "recipeEnginesPreferences": nested(
            Shape(
                "RecipeEnginesPreferences",
                {
                    "forbiddenEngines": value([]),
                    "enginesPreferenceOrder": value([]),
                    "forbiddenByRecipeType": value({}),
                    "preferenceByRecipeType": value({}),
                },
            )
        ),
        "visualRecipesEnginesSettings": nested(_VISUAL_ENGINES, since=_LATEST),
        "codeEnvs": nested(_CODE_ENVS),
        "container": nested(CONTAINER_SELECTION),
        "containerForVisualRecipesWorkloads": nested(CONTAINER_SELECTION, since=(12, 6)),
        "containerForManagedCodeWorkloads": optional(),
        "datasetsCreationSettings": nested(
            Shape(
                "DatasetsCreationSettings",
                {
                    "useGlobal": value(True),
                    "preferedStorageFormats": value("CSV_ESCAPING_NOGZIP_FORHIVE,CSV_EXCEL_GZIP,PARQUET_HIVE"),
                    "virtualizable": value(False),
                    "allowUploadsWithoutConnection": value(True, until=(14, 3)),
                    "forcedPreferedConnection": optional(),
                },
            )
        ),
        "hiveEngineCreationSettings": nested(
            Shape("Hive", {"useGlobal": value(True), "executionEngine": value("HIVECLI_LOCAL")})
        ),
        "sparkEngineCreationSettings": nested(
            Shape(
                "Spark",
                {
                    "useGlobal": value(True),
                    "executionEngine": value("SPARK_SUBMIT"),
                    "useGlobalMetastore": value(False),
                },
            )
        ),
        "impalaEngineCreationSettings": nested(Shape("Impala", {"useGlobal": value(True), "streamMode": value(True)})),
        "wikiSettings": nested(Shape("WikiSettings", {"promoted": value(False)})),
        "cluster": nested(_CLUSTER),
        "k8sCluster": nested(_CLUSTER),
        "virtualWebAppBackendSettings": nested(
            Shape(
                "VirtualWebAppBackend",
                {"mode": value("INHERIT"), "preventOverride": value(False), "infra": nested(WEBAPP_INFRA)},
            )
        ),
        "dkuProperties": value([]),
        "autogeneratedDocumentationEnabled": value(True, since=(14, 2)),
        "agentInteractionLoggingSelection": nested(_AGENT_LOGGING, since=_LATEST),
        "connectionValidationChecks": nested(
            Shape("ConnectionValidationChecks", {"skipStorageConflictCheck": value(False)}), since=_LATEST
        ),
        "cobuildSettings": nested(
            Shape("CobuildSettings", {"customPromptMode": value("APPEND_TO_GLOBAL")}), since=_LATEST
        ),
        "llmSettings": optional(),
        "exposedComputables": optional(),
        "disableRunAsUser": optional(),
        "path": optional(),
    },
)

_EXPORT_OPTIONS: Final = Shape(
    "ExportOptions",
    {
        **{
            name: value(False)
            for name in (
                "exportUploads",
                "exportManagedFS",
                "exportAnalysisModels",
                "exportSavedModels",
                "exportManagedFolders",
                "exportAllInputDatasets",
                "exportAllDatasets",
                "exportAllInputManagedFolders",
                "exportGitRepository",
                "exportInsightsData",
                "useManualPluginsInfo",
                "shareAllInputDatasets",
            )
        },
        **{name: value([]) for name in ("includedDatasetsData", "includedSavedModels", "includedManagedFolders")},
    },
    is_open=True,
)
"""What all 90 known ones have; the others came one by one with versions that are not known."""
_REMAPPING: Final = Shape("BundleRemapping", {"connections": value([]), "codeEnvs": value([])}, is_open=True)
_BUNDLE_CONTAINER: Final = Shape(
    "BundleContainer",
    {
        "remapping": nested(_REMAPPING),
        "codeEnvsBehavior": nested(
            Shape(
                "CodeEnvsBehavior",
                {
                    "envImportSpecificationMode": value("SPECIFIED"),
                    "importTimeMode": value("INSTALL_IF_MISS"),
                },
                is_open=True,
            )
        ),
    },
    is_open=True,
)

PARAMS: Final = Shape(
    "Project",
    {
        "projectKey": optional(),
        "dashboardAuthorizations": nested(_DASHBOARD_AUTHORIZATIONS),
        "exposedObjects": nested(Shape("ExposedObjects", {"objects": items_of(_EXPOSED)})),
        "projectType": value("REGULAR"),
        "projectAppType": value("REGULAR"),
        "hasSetupSection": value(False, since=(11, 0)),
        "bundleExporterSettings": optional(Shape("BundleExporter", {"exportOptions": nested(_EXPORT_OPTIONS)})),
        "bundleContainerSettings": optional(_BUNDLE_CONTAINER),
        "owner": optional(),
        "permissionsVersion": value("V2", since=(10, 0)),
        "permissions": items_of(_PERMISSION),
        "additionalDashboardUsers": nested(_DASHBOARD_USERS),
        "tutorialProject": value(False),
        "settings": nested(_SETTINGS),
        "name": optional(),
        "projectStatus": optional(),
        "imgPattern": optional(),
        "imgColor": optional(),
        "showInitials": optional(),
        "metrics": nested(metrics_shape([], [])),
        "metricsChecks": nested(checks_shape(monitored=False)),
        "shortDesc": optional(),
        "description": optional(),
        "versionTag": optional(),
        "creationTag": optional(),
        "tags": sorted_set(),
        "customFields": value({}),
        "checklists": nested(CHECKLISTS),
        "tutorialId": optional(),
        "generatingAppId": optional(),
        "generatingAppVersion": optional(),
    },
)

SETTINGS_SERVER_OWNED: Final = (
    "owner",
    "permissionsVersion",
    "projectKey",
    "versionTag",
    "creationTag",
    "shortDesc",
    *PERMISSION_KEYS,
)
"""What a settings PUT does not change: ``shortDesc`` is silently left as it was [seen], the rest has calls of its own."""

METADATA: Final = Shape(
    "ProjectMetadata",
    {
        "label": optional(),
        "shortDesc": optional(),
        "description": optional(),
        "tags": sorted_set(),
        "checklists": nested(CHECKLISTS),
        "customMeta": nested(Shape("CustomMeta", {"kv": value({})})),
        "customFields": value({}),
    },
)

VARIABLES: Final = Shape("ProjectVariables", {"standard": value({}), "local": value({})})
