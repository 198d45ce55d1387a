from cyclemlp.data.messages import shortened, shown


def test_long_lists_and_values_are_truncated():
    assert shown(["a", "b"]) == "'a', 'b'"
    assert shown([str(i) for i in range(10)]).endswith("'7' and 2 more")
    assert shortened("a") == "'a'"
    assert shortened("a" * 99) == f"'{'a' * 59} …"
