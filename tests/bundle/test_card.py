from .bundles import make_bundle


def test_the_card_says_what_the_bundle_is(saved):
    card = (saved / "README.md").read_text(encoding="utf-8")
    for fact in (
        "test_resnet",
        "image-classification",
        "| top1 | 0.9870 |",
        "`bee`",
        "cyclemlp.load",
    ):
        assert fact in card


def test_saving_again_updates_our_card_and_keeps_the_users(saved):
    bundle = make_bundle()
    bundle.config.training["metrics"]["top1"] = 0.5
    bundle.save_pretrained(saved)
    assert "| top1 | 0.5000 |" in (saved / "README.md").read_text(encoding="utf-8")
    (saved / "README.md").write_text("mine")
    bundle.save_pretrained(saved)
    assert (saved / "README.md").read_text() == "mine"
