from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import torch

from cyclemlp.serving.batching.batcher import Batcher
from cyclemlp.serving.batching.job import Job
from cyclemlp.serving.batching.queue import JobQueue
from cyclemlp.serving.batching.shares import ThreadShares

from .served import Model


def test_batches_divide_the_threads_and_one_alone_gets_all():
    shares, both = ThreadShares(4), Barrier(2, timeout=10)

    def beside_another() -> int:
        with shares.one():
            both.wait()
        both.wait()
        with shares.one():  # the other may have all, or be gone
            both.wait()
            return torch.get_num_threads()

    def alone() -> int:
        with shares.one():
            return torch.get_num_threads()

    with ThreadPoolExecutor(2) as pool:
        beside = [pool.submit(beside_another) for _ in range(2)]
        assert min(one.result() for one in beside) == 2
        assert pool.submit(alone).result() == 4


def test_two_workers_compute_two_batches_at_the_same_time():
    meeting = Barrier(2, timeout=10)

    class Meets(Model):
        def predict(self, inputs, sizes):
            meeting.wait()  # fails unless another batch is computed meanwhile
            return super().predict(inputs, sizes)

    queue = JobQueue(9, 8, 0)
    batcher = Batcher("two", queue, workers=2, shares=ThreadShares(2))
    jobs = [Job(Meets(), torch.zeros(3, 4, 4), (4, 4), settings) for settings in ("a", "b")]
    for job in jobs:
        queue.put(job)
    batcher.start()
    assert [job.future.result(10).batch for job in jobs] == [1, 1]
    batcher.close(10)
