"""The class behind ``params.json``. Source: object-shapes.md 5, api-projects-scenarios-deployer.md 3.5, 3.6."""

from typing import Final

from emulator.fragments import CHECKLISTS, CONTAINER_SELECTION, checks_shape, metrics_shape
from emulator.rights import PROJECT_FLAGS
from emulator.shapes import Field, Shape, items_of, nested, optional, sorted_set, value

__all__ = ["METADATA", "PARAMS", "PERMISSIONS", "PERMISSION_KEYS", "SETTINGS_SERVER_OWNED", "VARIABLES"]

_PERMISSION: Final = Shape(
    "PermissionItem",
    {
        "group": optional(),
        "user": optional(),
        "invitationEmailStatus": optional(),
        **{flag: value(False) for flag in PROJECT_FLAGS},
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
        "quickSharingEnabled": value(False),
        "rules": items_of(_EXPOSURE_RULE),
    },
)

_LIMIT: Final = Shape("Limit", {"soft": value(-1), "hard": value(-1)})
_LIMITS: Final = Shape(
    "LimitsSettings",
    {
        name: nested(_LIMIT)
        for name in (
            "memSampleBytes",
            "shakerMemTableBytes",
            "attachmentBytes",
            "sqlNotebookResultSetBytes",
            "sqlScenarioResultSetBytes",
        )
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
_SCALING: Final = Shape(
    "Scaling",
    {
        "initialReplicas": value(1),
        "progressDeadlineSeconds": value(600),
        "hpa": value(False),
        "hpaTargetCPUPercent": value(0),
        "hpaTargetMemoryPercent": value(0),
        "hpaMetrics": value([]),
        "hpaMinPods": value(0),
        "hpaMaxPods": value(0),
        "hpaAnnotations": value([]),
    },
)
_DISRUPTION: Final = Shape(
    "PodDisruptionBudget", {"enable": value(False), "isMaxUnavailable": value(False), "minAvailable": value("50%")}
)
_INFRA: Final = Shape(
    "WebAppInfra",
    {
        "containerSelection": nested(CONTAINER_SELECTION),
        "overrideGlobalK8sExposition": value(False),
        "exposition": nested(Shape("Exposition", {"type": value("local_process"), "params": value({})})),
        "scaling": nested(_SCALING),
        "podDisruptionBudget": nested(_DISRUPTION),
        "deploymentModifier": value({}),
    },
    is_open=True,
)
_BUILD: Final = Shape(
    "FlowBuildSettings",
    {
        "mergeSparkPipelines": value(False),
        "pruneBeforeSparkPipelines": value(True),
        "mergeSqlPipelines": value(False),
        "pruneBeforeSqlPipelines": value(True),
        "mergeCdePipelines": optional(),
        "pruneBeforeCdePipelines": optional(),
        "defaultRecipeHashPropagationBehavior": value("ENABLED"),
    },
)
_DISPLAY: Final = Shape(
    "FlowDisplaySettings",
    {
        "zonesGraphRenderingAlgorithm": value("DOT_OLDRANK"),
        "zonesGraphConnectZones": value(True),
        "zonesGraphForJobs": value(True),
        "respectTraversalOrder": value(False),
        "zonesManualPositioning": value(False),
        "showFlowZoneDescriptions": optional(),
    },
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
        "sharingRequestsEnabled": value("INHERIT"),
        "limitedVisibilityEnabled": value("INHERIT"),
        "accessRequestsEnabled": value("INHERIT"),
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
        "visualRecipesEnginesSettings": optional(),
        "codeEnvs": nested(_CODE_ENVS),
        "container": nested(CONTAINER_SELECTION),
        "containerForVisualRecipesWorkloads": nested(CONTAINER_SELECTION),
        "containerForManagedCodeWorkloads": optional(),
        "datasetsCreationSettings": nested(
            Shape(
                "DatasetsCreationSettings",
                {
                    "useGlobal": value(True),
                    "preferedStorageFormats": value("CSV_ESCAPING_NOGZIP_FORHIVE,CSV_EXCEL_GZIP,PARQUET_HIVE"),
                    "virtualizable": value(False),
                    "allowUploadsWithoutConnection": optional(),
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
                {"mode": value("INHERIT"), "preventOverride": value(False), "infra": nested(_INFRA)},
            )
        ),
        "dkuProperties": value([]),
        "autogeneratedDocumentationEnabled": optional(),
        "agentInteractionLoggingSelection": optional(),
        "connectionValidationChecks": optional(),
        "cobuildSettings": optional(),
        "llmSettings": optional(),
        "exposedComputables": optional(),
        "disableRunAsUser": optional(),
        "path": optional(),
    },
)

PARAMS: Final = Shape(
    "Project",
    {
        "projectKey": optional(),
        "dashboardAuthorizations": nested(_DASHBOARD_AUTHORIZATIONS),
        "exposedObjects": nested(Shape("ExposedObjects", {"objects": items_of(_EXPOSED)})),
        "projectType": value("REGULAR"),
        "projectAppType": value("REGULAR"),
        "hasSetupSection": value(False),
        "bundleExporterSettings": optional(),
        "bundleContainerSettings": optional(),
        "owner": optional(),
        "permissionsVersion": value("V2"),
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
