"""What is kept of runs in memory, and what is dropped."""

from local.durable.execution import recall
from local.durable.execution.recall import Past, Recall


def test_a_past_is_given_out_once_and_to_its_own_run_only():
    kept = Recall()
    kept.keep("mine", "first run", Past("{}", 1))

    assert kept.take("mine", "second run") is None
    assert kept.take("mine", "first run") == Past("{}", 1)
    assert kept.take("mine", "first run") is None


def test_the_longest_unused_is_forgotten_when_there_are_too_many():
    kept = Recall()
    for number in range(recall.MOST_RUNS + 1):
        kept.keep(str(number), "run", Past())

    assert kept.take("0", "run") is None
    assert kept.take("1", "run") == Past()


def test_long_histories_are_forgotten_before_they_fill_the_memory():
    kept = Recall()
    half = "x" * (recall.MOST_CHARACTERS // 2)
    for number in range(3):
        kept.keep(str(number), "run", Past(half, 1))

    assert [kept.take(str(number), "run") is not None for number in range(3)] == [False, True, True]


def test_a_past_grows_by_the_rows_of_a_turn():
    past = Past().then(['{"a":1}', '{"b":2}'], None).then(['{"c":3}'], None)

    assert past.rows() == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert past.count == 3
