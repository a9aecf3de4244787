"""Property tests are repeatable, are not timed and leave no files behind."""

import os
import tempfile

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(tempfile.gettempdir())
hypothesis.settings.register_profile(
    "monitor", database=None, deadline=None, derandomize=True, max_examples=200
)
# Mutation tests run these thousands of times, and only ask whether one fails.
hypothesis.settings.register_profile(
    "mutation",
    hypothesis.settings.get_profile("monitor"),
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
hypothesis.settings.load_profile(os.environ.get("MONITOR_HYPOTHESIS", "monitor"))
