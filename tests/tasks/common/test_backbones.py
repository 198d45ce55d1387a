import pytest

from cyclemlp.tasks.common.backbones import create_network


def test_the_error_for_an_unknown_model_suggests_similar_names():
    with pytest.raises(ValueError, match=r"no model 'cyclemlpb1' .* did you mean cyclemlp_b1"):
        create_network("cyclemlpb1")


def test_the_error_for_an_unknown_model_argument_names_it():
    with pytest.raises(ValueError, match="'resnet10t' takes no argument 'steps'"):
        create_network("resnet10t", steps=3)


def test_the_error_for_an_argument_that_the_variant_sets_names_it():
    with pytest.raises(ValueError, match=r"'mixer_s32_224' has its own 'num_blocks'.*model-args"):
        create_network("mixer_s32_224", num_blocks=2)


def test_the_error_for_an_unknown_pretrained_tag_lists_the_tags():
    with pytest.raises(ValueError, match=r"'resnet18\.nope'.*Its tags: .*a1_in1k"):
        create_network("resnet18.nope")


@pytest.mark.parametrize("depths", ["deep", 3, [1, "x"]])
def test_an_argument_of_the_wrong_type_is_named(depths):
    with pytest.raises(ValueError, match=r"cannot be built with the arguments depths: .*model-arg"):
        create_network("cyclemlp_nano", depths=depths)
