from cyclemlp.cli.recipes import recipe_files


def test_recipes_are_found_by_name():
    assert {"imagenet", "small", "finetune"} <= {path.stem for path in recipe_files()}
