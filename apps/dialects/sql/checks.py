"""x"""
from typing import Any
def check_statement(found: Any, source: Any) -> None:
    return None
