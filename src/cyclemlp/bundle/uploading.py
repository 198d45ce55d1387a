"""Upload of a bundle's files to the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub import HfApi


def upload_files(
    folder: Path,
    repo_id: str,
    *,
    private: bool | None = None,
    token: str | bool | None = None,
    branch: str | None = None,
    commit_message: str = "Upload a cyclemlp bundle",
    **options: Any,
) -> str:
    """Upload a folder's files to a model repository, which is created if it does not exist.

    Args:
        folder: the folder to upload.
        repo_id: ``owner/name``.
        private: whether a new repository is private; by default the owner's setting.
        token: access token; by default the one of ``hf auth login``.
        branch: branch to upload to; by default ``main``.
        commit_message: of the upload.
        **options: passed to `HfApi.upload_folder`, e.g. ``create_pr``.

    Returns:
        The URL of the commit.
    """
    api = HfApi(token=token)
    repository = api.create_repo(repo_id=repo_id, private=private, exist_ok=True).repo_id
    return api.upload_folder(
        repo_id=repository,
        folder_path=folder,
        revision=branch,
        commit_message=commit_message,
        **options,
    )
