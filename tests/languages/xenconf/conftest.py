"""The real Xen tools as fixtures; a test that asks for one is skipped by name where it is not installed."""

import shutil

import pytest
from needs import need
from oracles import libxlutil, xl


@pytest.fixture(scope="session")
def libxl():
    need(libxlutil.installed(), "libxlutil", "apt-get install libxenmisc4.17 (Debian 12) or its successor")
    oracle = libxlutil.Oracle()
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def xl_dryrun(tmp_path_factory):
    found = xl.installed()
    need(found, "xl", "apt-get install xen-utils-4.17 (Debian 12) or its successor")
    need(shutil.which("gcc"), "gcc", "apt-get install gcc libxen-dev")
    folder = tmp_path_factory.mktemp("xl")
    program, minor = found
    return xl.Xl(program, xl.build(folder, minor), folder, minor)
