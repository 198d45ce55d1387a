from cyclemlp.bundle.predictions.result_names import ResultNames


def test_each_file_has_its_own_name_and_keeps_it():
    names = ResultNames({})
    files = ["x/a.png", "y/A.jpg", "z/a-2.png", "z/b.c.png", "x/a.mp4"]
    given = [names.of(file) for file in files]
    assert given == ["a", "A-2", "a-2-2", "b.c", "a-3"]
    assert [names.of(file) for file in files] == given


def test_names_of_an_earlier_call_are_kept():
    names = ResultNames({"y/a.png": "a"})
    assert (names.of("x/a.png"), names.of("y/a.png")) == ("a-2", "a")
