def save_image(*args, **options):
    pass


def make_grid(images, **options):
    return images
