"""How hard hypothesis searches: HYPOTHESIS_PROFILE=dev (the default), ci (the same cases each time) or nightly."""

import os

from hypothesis import HealthCheck, settings

# a loaded machine is slow without being wrong
shared = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", shared, max_examples=50)
settings.register_profile("ci", shared, max_examples=50, derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", shared, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
