from cyclemlp.bundle.predictions.finding import find_images


def test_a_named_file_may_have_any_suffix(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("not an image")
    assert find_images([str(notes)]) == [str(notes)]
    assert find_images(str(notes)) == [str(notes)]
