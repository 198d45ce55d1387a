"""What a data set on disk is: layouts, the check before training, transforms, loaders.

Nothing here knows a model or a trainer.
"""
