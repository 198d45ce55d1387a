from cyclemlp.data.layouts.classes.class_folder import ClassFolder


def opened(folders):
    return {name: ClassFolder(folders / name, name) for name in ("train", "val")}
