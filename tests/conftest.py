import hypothesis
import pytest

# A busy machine is no fault of the code.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

pytest_plugins = ["browsing"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
