from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def runtime() -> ModuleType:
    """Microsoft's Python worker, with its extension for SDK types, which the worker of Python 3.12 always has."""
    module: ModuleType = pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime, Microsoft's worker, needs Python 3.13"
    )
    pytest.importorskip("azurefunctions.extensions.base")
    return module
