"""Documents of projects, zones, libraries and wiki articles, generated from the field statistics (object-shapes.md 5, 11, 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from tests.laws.document_parts import ENVELOPE, TAG, TEXT, Maybe, obj, one_of, some

__all__ = ["ARTICLES", "LIBRARIES", "PROJECTS", "ZONES"]

Values = st.SearchStrategy[Any]
Fields = Mapping[str, Values | Maybe]

_BOOL: Final = one_of(False, False, False, True)
_MODE: Final = one_of({"mode": "INHERIT"}, {"mode": "INHERIT", "envName": "old"}, {"mode": "USE_BUILTIN_MODE"}, {})
_CODE_ENV: Final = st.builds(
    lambda mode, more: {**mode, **more},
    st.one_of(_MODE, st.just({"mode": "EXPLICIT_ENV", "envName": "py311"})),
    obj({"useBuiltinEnv": (14, _BOOL), "preventOverride": _BOOL}),
)
_CONTAINER: Final = one_of(
    {"containerMode": "INHERIT"},
    {"containerMode": "NONE", "containerConf": "old"},
    {"containerMode": "EXPLICIT_CONTAINER", "containerConf": "k8s"},
    {"containerMode": "EXPLICIT_CONTAINER", "containerConf": "none"},
)
_OBJECT: Final = one_of(
    ("DATASET", "ORDERS"), ("DATASET", "A b"), ("MANAGED_FOLDER", "folder:x"), ("WEB_APP", "aBc"), ("SCENARIO", "N")
)
_EXPOSED: Final = _OBJECT.flatmap(
    lambda found: obj(
        {
            "type": st.just(found[0]),
            "localName": st.just(found[1]),
            "rules": some(
                obj({"targetProject": one_of("SALES", "HR"), "appearOnFlow": (90, one_of(True, False))}), 2
            ).filter(lambda rules: len({rule["targetProject"] for rule in rules}) == len(rules)),
            "quickSharingEnabled": (50, _BOOL),
        }
    )
)
_AUTHORIZED: Final = _OBJECT.flatmap(
    lambda found: obj(
        {
            "objectRef": st.just({"objectId": found[1], "objectType": found[0]}),
            "modes": one_of(["READ"], ["READ", "RUN"], ["DISCOVER"]),
        }
    )
)
_BUNDLE: Final = obj(
    {
        "exportOptions": obj(
            {
                "exportUploads": _BOOL,
                "exportInsightsData": _BOOL,
                "exportProjectResources": (46, one_of(True, False)),
                "includedDatasetsData": some(st.just({"name": "RATES", "type": "UploadedFiles"}), 1),
                "includedManagedFolders": some(one_of({"id": "folder:x", "name": "x"}, {"id": "gone", "name": "y"}), 1),
                "includedSavedModels": some(st.just({"id": "model:Churn", "name": "Churn"}), 1),
            }
        )
    }
)
_SETTINGS: Final = obj(
    {
        "flowAnchorSourcesAndSinks": one_of(True, False),
        "gitCommitMode": one_of("AUTO", "ALL_EXPLICIT"),
        "useRemoteGit": (80, st.just(True)),
        "disableAutomaticTriggers": _BOOL,
        "integrations": (
            95,
            obj(
                {
                    "integrations": some(
                        st.just({"active": True, "hook": {"type": "github", "configuration": {"repository": "r"}}}), 1
                    )
                }
            ),
        ),
        "flowBuildSettings": (
            95,
            obj({"mergeSparkPipelines": _BOOL, "pruneBeforeSparkPipelines": one_of(True, False)}),
        ),
        "codeEnvs": (95, obj({"python": _CODE_ENV, "r": _CODE_ENV, "julia": (80, _CODE_ENV)})),
        "container": (95, _CONTAINER),
        "containerForVisualRecipesWorkloads": (40, _CONTAINER),
        "wikiSettings": (95, obj({"promoted": _BOOL})),
        "cluster": (95, one_of({"clusterMode": "INHERIT"}, {"clusterMode": "EXPLICIT_CLUSTER", "clusterId": "c"})),
        "llmSettings": (5, st.just({"offerDolly7B": True})),
        "dkuProperties": (60, st.just([])),
    }
)
_PARAMS: Final = obj(
    {
        "projectKey": st.just("CRM"),
        "name": st.just("Customers"),
        "projectStatus": (60, one_of("Sandbox", "Draft")),
        "projectType": st.just("REGULAR"),
        "projectAppType": (90, one_of("REGULAR", "APP_TEMPLATE")),
        "hasSetupSection": (50, _BOOL),
        "tutorialProject": st.just(False),
        "exposedObjects": (
            98,
            obj({"objects": st.lists(_EXPOSED, max_size=3, unique_by=lambda e: str(e["localName"]))}),
        ),
        "bundleExporterSettings": (30, _BUNDLE),
        "settings": _SETTINGS,
        "metrics": (95, st.just({"probes": [], "displayedState": {}})),
        "versionTag": st.just(TAG),
        "imgPattern": (60, one_of(1, 8)),
    }
)
_FLAGS: Final = (
    "admin",
    "readProjectContent",
    "writeProjectContent",
    "exportDatasetsData",
    "readDashboards",
    "runScenarios",
    "executeApp",
)
_PERMISSION: Final = st.one_of(
    obj({"group": one_of("g", "readers"), **{flag: (95, one_of(False, True)) for flag in _FLAGS}}),
    obj({"user": one_of("bob", "eve"), **{flag: (95, one_of(False, True)) for flag in _FLAGS}}),
)
_PERMISSIONS: Final = obj(
    {
        "owner": st.just("alice"),
        "permissions": st.lists(_PERMISSION, max_size=3, unique_by=lambda e: str(e.get("group", e.get("user")))),
        "dashboardAuthorizations": (
            99,
            obj(
                {
                    "allAuthorized": one_of(False, False, True),
                    "authorizations": st.lists(
                        _AUTHORIZED, max_size=3, unique_by=lambda e: str(e["objectRef"]["objectId"])
                    ),
                }
            ),
        ),
        "additionalDashboardUsers": (99, obj({"users": some(st.just({"login": "carol"}), 1)})),
    }
)
_CHECKLIST: Final = obj(
    {
        "title": one_of("Your new project's Todo", "Release"),
        "createdOn": st.just(0),
        "items": some(
            obj(
                {
                    "done": one_of(True, False),
                    "text": one_of("Create the project", "tests"),
                    "createdOn": st.just(5),
                    "createdBy": st.just("bob"),
                }
            ),
            2,
        ),
    }
)
_METADATA: Final = obj(
    {
        "label": st.just("Customers"),
        "shortDesc": one_of("", "ours", "The project *Customers* was created by alice on May 1st"),
        "description": (50, TEXT),
        "tags": some(one_of("gold", "iac:crm", "a"), 2),
        "customFields": (98, one_of({}, {"gdpr": True})),
        "checklists": obj({"checklists": st.lists(_CHECKLIST, max_size=2, unique_by=lambda e: str(e["title"]))}),
    }
)
PROJECTS: Final = st.fixed_dictionaries(
    {
        "settings": _PARAMS,
        "metadata": _METADATA,
        "variables": obj(
            {"standard": one_of({}, {"country": "FR", "limits": {"low": 1}}), "local": one_of({}, {"x": [1]})}
        ),
        "permissions": _PERMISSIONS,
        "tags": obj({"tags": one_of({}, {"gold": {"color": "#fc0"}, "iac:crm": {}, "plain": {}})}),
    }
)
"""Whole portable documents of projects."""

ZONES: Final = st.fixed_dictionaries(
    {
        "definition": obj(
            {
                "id": st.just("aBc1234"),
                "name": one_of("raw", "Raw data"),
                "color": one_of("#D1D8DA", "#2ab1ac", "#4B8021"),
                "items": st.just([{"objectId": "ORDERS", "objectType": "DATASET"}]),
                "shared": st.just([]),
                "position": (17, one_of({}, {"x": 1})),
                **{key: ENVELOPE[key] for key in ("tags", "customFields", "checklists", "shortDesc", "description")},
            }
        )
    }
)
"""Whole portable documents of zones."""

LIBRARIES: Final = st.fixed_dictionaries(
    {
        "content": obj(
            {
                "gitReferences": st.dictionaries(
                    one_of("python/a", "python/b c"),
                    obj(
                        {
                            "remote": one_of("git@h:x.git", "https://bob:pw@h/x.git"),
                            "checkout": st.just("main"),
                            "remotePath": one_of("", "lib"),
                            "lastHash": (80, st.just("abc")),
                        }
                    ),
                    max_size=2,
                ),
                "pythonPath": (90, one_of(["python"], ["python", "shared"])),
                "rsrcPath": (90, one_of(["R"], [])),
                "importLibrariesFromProjects": (90, one_of([], ["COMMON"])),
            }
        )
    }
)
"""Documents of the library file ``external-libraries.json``."""

_ATTACHMENT: Final = st.one_of(
    obj(
        {
            "attachmentType": st.just("DSS_OBJECT"),
            "taggableType": one_of("DASHBOARD", "DATASET"),
            "smartId": one_of("dashboard:Sales", "ORDERS", "ZLi"),
            "attachedBy": st.just("bob"),
            "details": st.just({"n": 1}),
        }
    ),
    obj({"attachmentType": st.just("FILE"), "smartId": st.just("uPl0ad"), "attachedOn": st.just(1)}),
)
ARTICLES: Final = st.fixed_dictionaries(
    {
        "definition": st.fixed_dictionaries(
            {
                "article": obj(
                    {
                        "id": st.just("1"),
                        "projectKey": st.just("CRM"),
                        "name": one_of("Overview", "Other"),
                        "layout": st.just("WIKI_ARTICLE"),
                        "attachments": st.lists(_ATTACHMENT, max_size=3, unique_by=lambda e: str(e["smartId"])),
                        **ENVELOPE,
                    }
                ),
                "payload": TEXT,
            }
        ),
        "parent": one_of("", "Overview"),
        "home": one_of(True, False),
        "taxonomy": st.just({"homeArticleId": "1", "taxonomy": []}),
    }
)
"""Whole portable documents of wiki articles."""
