"""Where the page of a finding is: the one place that knows it.

Editors open `codeDescription.href`, so it must work without a network: it is the page in the checkout that this
installation runs from. An installation without the pages gets no link rather than one that leads nowhere.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FINDINGS = Path(__file__).resolve().parent.parent / "docs" / "findings"
_CODE = re.compile(r"PRG\d{3}")


@cache
def finding_page(code: str) -> str | None:
    """The `file:` URI of the finding's page, or None where this installation has no such page."""
    if not _CODE.fullmatch(code):
        return None
    page = FINDINGS / f"{code}.md"
    return page.as_uri() if page.is_file() else None
