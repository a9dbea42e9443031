import os
import platform
import subprocess
import sys

import pytest

FAULTS = """
import numpy as np, resource
import autograd

def step():
    x = autograd.Tensor(np.ones(500_000, np.float32), requires_grad=True)
    for _ in range(20):
        (x * x).sum().backward()

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_large_temporaries_cost_no_page_faults_unless_told_otherwise():
    def faults(keep):
        environment = {**os.environ, "GLASSGRAD_KEEP_MEMORY": keep}
        done = subprocess.run(
            [sys.executable, "-c", FAULTS], env=environment, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert faults("1") < 1000 < 10_000 < faults("0")
