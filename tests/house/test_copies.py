"""What was copied from ../shared is still the original. A clone has no ../shared, and nothing to compare."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
SHARED = HERE.parent / "shared"

ORIGINALS = {
    "tests/contract.graphql": "contract.graphql",
    "tests/audits/contract.py": "audits/contract.py",
    "tests/audits/http.mjs": "audits/http.mjs",
    "tests/audits/ws.mjs": "audits/ws.mjs",
    "tests/audits/package.json": "audits/package.json",
    "tests/data/service-requests.csv": "data/service-requests.csv",
    **{
        f"tests/mail/fixtures/{file.name}": f"mail/{file.name}"
        for file in sorted((HERE / "tests/mail/fixtures").iterdir())
    },
}


@pytest.mark.skipif(not (SHARED / "contract.graphql").exists(), reason="a clone has no ../shared")
@pytest.mark.parametrize("copy", ORIGINALS)
def test_a_copy_is_its_original_byte_for_byte(copy: str) -> None:
    assert (HERE / copy).read_bytes() == (SHARED / ORIGINALS[copy]).read_bytes()
