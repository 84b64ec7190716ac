"""What is compiled: only when it is called, cached where it can be, and off the GIL."""

import subprocess
import sys
import threading
import time
import warnings

import numpy as np

from hippo_studio.hippo import compiled as compiled_module
from hippo_studio.hippo import recurrence
from hippo_studio.hippo.compiled import compiled


def doubled(x):
    """A function to compile."""
    for i in range(x.shape[0]):
        x[i] *= 2.0


def test_importing_compiles_nothing():
    script = (
        "import sys, hippo_studio.hippo as h, hippo_studio.hippo.recurrence, hippo_studio.hippo.blocks, "
        "hippo_studio.hippo.legs_exact; print(sorted({'numba', 'scipy', 'llvmlite'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def test_a_compiled_function_computes_what_its_source_says():
    x, y = np.arange(5.0), np.arange(5.0)
    function = compiled(doubled)
    function(x)
    doubled(y)
    np.testing.assert_array_equal(x, y)
    assert function.__name__ == "doubled"
    assert function.__doc__ == doubled.__doc__


def test_without_a_folder_for_the_cache_it_compiles_in_memory(monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [], raising=False)
    x = np.ones(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(doubled)(x)
    np.testing.assert_array_equal(x, 2.0)


def test_cached_code_goes_stale_with_the_files_it_calls(monkeypatch):
    def stamp():
        function = compiled(doubled)
        function(np.ones(3))
        return function._dispatcher._cache._cache_file._source_stamp

    before = stamp()
    assert stamp() == before
    monkeypatch.setattr(compiled_module, "CALLED_ACROSS_FILES", ("simd.py", "blocks.py"))
    assert stamp() != before


def test_other_threads_run_while_a_memory_computes():
    recurrence.warm_up()
    c, u = np.zeros((1, 256)), np.zeros((1, 2_000_000))
    started, seconds = threading.Event(), []

    def push():
        started.set()
        begun = time.perf_counter()
        recurrence.legs_steps(c, u, 1, 0.5)
        seconds.append(time.perf_counter() - begun)

    thread = threading.Thread(target=push)
    thread.start()
    started.wait()
    longest, last = 0.0, time.perf_counter()
    while thread.is_alive():
        time.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    thread.join()
    assert longest < 0.7 * seconds[0]
