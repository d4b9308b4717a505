"""A simulated S3 server with one bucket."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from storage.s3.client import Credentials, Endpoint, connect

BUCKET = "shares"


@pytest.fixture
def client() -> Iterator[Any]:
    """A server with one bucket."""
    with mock_aws():
        aws = Endpoint(url="https://s3.amazonaws.com", region="us-east-1")
        made = connect(aws, Credentials(access_key="a", secret_key="b"))
        made.create_bucket(Bucket=BUCKET)
        yield made
