from cyclemlp.bundle import uploading

from .bundles import make_bundle


def test_pushing_uploads_the_three_files(monkeypatch, tmp_path):
    uploaded = {}

    class Api:
        def __init__(self, token=None): ...

        def create_repo(self, repo_id, **_):
            return type("Repository", (), {"repo_id": repo_id})

        def upload_folder(self, *, repo_id, folder_path, **_):
            uploaded[repo_id] = sorted(p.name for p in folder_path.iterdir())
            return "https://hub/commit"

    monkeypatch.setattr(uploading, "HfApi", Api)
    url = make_bundle().save_pretrained(tmp_path / "b", push_to_hub=True, repo_id="me/garden")
    assert url == "https://hub/commit"
    assert uploaded == {"me/garden": ["README.md", "config.json", "model.safetensors"]}
