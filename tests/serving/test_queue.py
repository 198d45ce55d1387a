import time

import pytest
import torch

from cyclemlp.serving.batching.job import Job
from cyclemlp.serving.batching.queue import JobQueue, QueueClosed, QueueFull

from .served import Model


def job(size=4, model=None, settings=()):
    return Job(model or Model(), torch.zeros(3, size, size), (size, size), settings)


def test_a_batch_has_one_size_and_one_setting_in_order():
    queue = JobQueue(9, 8, 0)
    a, b, c, d = job(4), job(5), job(4), job(4, settings="other")
    for one in (a, b, c, d):
        queue.put(one)
    assert queue.batch() == [a, c]
    assert queue.batch() == [b]
    assert queue.batch() == [d]


def test_a_model_that_takes_one_at_a_time_gets_one():
    queue, model = JobQueue(9, 8, 0), Model(images_at_once=1)
    for _ in range(2):
        queue.put(job(model=model))
    assert len(queue.batch() or ()) == 1


def test_a_batch_waits_for_what_is_arriving_and_not_longer():
    queue = JobQueue(9, 8, 0.1)
    queue.put(job())
    begun = time.monotonic()
    assert queue.batch()
    assert time.monotonic() - begun < 0.09, "it waits though nothing is arriving"
    with queue.arriving():
        queue.put(late := job())
        assert queue.batch() == [late]
        assert time.monotonic() - late.arrived >= 0.1


def test_the_queue_is_bounded_and_abandoned_jobs_do_not_count():
    queue = JobQueue(1, 8, 0)
    first = job()
    queue.put(first)
    with pytest.raises(QueueFull):
        queue.put(job())
    first.future.cancel()
    queue.put(job())
    assert len(queue) == 1


def test_the_memory_of_waiting_jobs_is_bounded():
    queue = JobQueue(99, 8, 0, max_memory=2000)
    queue.put(job(40))
    with pytest.raises(QueueFull):
        queue.put(job(4))
    assert queue.batch()
    for _ in range(8):
        queue.put(job(4))
    with pytest.raises(QueueFull):
        queue.put(job(4))


def test_a_closed_queue_gives_out_what_it_has():
    queue = JobQueue(2, 8, 60)
    queue.put(one := job())
    queue.close()
    with pytest.raises(QueueClosed):
        queue.put(job())
    assert queue.batch() == [one]
    assert queue.batch() is None
