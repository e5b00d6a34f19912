"""Fixtures for notion-client's endpoint tests, over a running emulator.

The tests replay recordings when they run at home; here every request is sent. They are written for
version 2025-09-03, whose answers carry `archived`, so that is the version they are run under.
"""

import io
import os

import pytest
from notion_client import AsyncClient, Client

VERSION = "2025-09-03"


def pytest_configure(config):
    config.addinivalue_line("markers", "vcr: a mark of pytest-recording, without effect here")
    config.outcome = {"passed": 0, "failed": 0}


def _expected():
    with open(os.environ["EXPECTED_FAILURES"], encoding="utf-8") as file:
        lines = file.read().splitlines()
    rows = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def pytest_collection_modifyitems(config, items):
    expected = _expected()
    for item in items:
        if item.name in expected:
            item.add_marker(pytest.mark.xfail(reason=expected[item.name], strict=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    counts = item.config.outcome
    if report.when == "call" and report.outcome != "failed":
        counts["passed"] += 1
    elif report.outcome == "failed":
        counts["failed"] += 1
    return report


def pytest_unconfigure(config):
    print("\n{passed} passed, {failed} failed".format(**config.outcome))


def _ids():
    with open(os.environ["EMULATOR_IDS"], encoding="utf-8") as lines:
        return dict(line.strip().split("=", 1) for line in lines if "=" in line)


def _options():
    return {
        "auth": os.environ["EMULATOR_TOKEN"],
        "base_url": os.environ["EMULATOR_URL"],
        "notion_version": VERSION,
    }


@pytest.fixture(scope="session")
def ids():
    return _ids()


@pytest.fixture(scope="session")
def token():
    return os.environ["EMULATOR_TOKEN"]


@pytest.fixture
def client():
    return Client(_options())


@pytest.fixture
def async_client():
    return AsyncClient(_options())


@pytest.fixture(scope="session")
def parent_page_id(ids):
    return ids["root_page"]


@pytest.fixture
def page_id(client, parent_page_id):
    page = client.pages.create(
        parent={"page_id": parent_page_id},
        properties={"title": [{"text": {"content": "Test Page"}}]},
        children=[],
    )
    yield page["id"]
    if not client.pages.retrieve(page["id"])["in_trash"]:
        client.blocks.delete(block_id=page["id"])


@pytest.fixture
def block_id(client, page_id):
    children = [{"paragraph": {"rich_text": [{"text": {"content": "I'm a paragraph."}}]}}]
    made = client.blocks.children.append(block_id=page_id, children=children)
    return made["results"][0]["id"]


@pytest.fixture
def database_id(client, page_id):
    made = client.databases.create(
        parent={"type": "page_id", "page_id": page_id},
        title=[{"type": "text", "text": {"content": "Test Database"}}],
        initial_data_source={"properties": {"Name": {"title": {}}}},
    )
    return made["id"]


@pytest.fixture
def data_source_id(client, database_id):
    return client.databases.retrieve(database_id)["data_sources"][0]["id"]


@pytest.fixture
def view_id(client, database_id, data_source_id):
    made = client.views.create(
        database_id=database_id, data_source_id=data_source_id, name="Test View", type="table"
    )
    return made["id"]


@pytest.fixture
def comment_id(client, page_id):
    made = client.comments.create(
        parent={"page_id": page_id}, rich_text=[{"text": {"content": "This is a test comment."}}]
    )
    return made["id"]


def _single(client):
    return client.file_uploads.create(
        mode="single_part", filename="test_file_small.txt", content_type="text/plain"
    )["id"]


def _multi(client):
    return client.file_uploads.create(
        mode="multi_part", filename="test_file_multi.txt", content_type="text/plain", number_of_parts=3
    )["id"]


@pytest.fixture
def single_file_upload_id(client):
    return _single(client)


@pytest.fixture
def pending_single_file_upload_id(client):
    return _single(client)


@pytest.fixture
def pending_multi_file_upload_id(client):
    return _multi(client)


@pytest.fixture
def setup_file_uploads_ids(client):
    return [_single(client) for _ in range(6)]


@pytest.fixture
def part_uploaded_file_upload_id(client):
    upload = _multi(client)
    for number in ("1", "2", "3"):
        part = io.BytesIO(b"A" * 1024)
        part.name = f"test_file_multi.txt.sf-part{number}"
        client.file_uploads.send(file_upload_id=upload, file=part, part_number=number)
    return upload
