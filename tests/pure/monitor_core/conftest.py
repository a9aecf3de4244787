"""Property tests are repeatable, are not timed and leave no files behind."""

import tempfile

import hypothesis
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(tempfile.gettempdir())
hypothesis.settings.register_profile(
    "monitor", database=None, deadline=None, derandomize=True, max_examples=200
)
hypothesis.settings.load_profile("monitor")
