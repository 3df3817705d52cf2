import pytest

pytest_plugins = ["browsing"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
