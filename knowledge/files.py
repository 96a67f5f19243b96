"""How the YAML files here are read: by libyaml where PyYAML was built with it, eight times as fast;
every start reads them all."""

from __future__ import annotations

from typing import Any, Final

import yaml

TEXT_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Every scalar is text: to YAML `on`, `no` and `yes` would be booleans."""
SAFE_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
