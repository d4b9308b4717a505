"""An independent decoder sees the same pixels in a picture and in its copy."""

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from sanitizers.disarming.registry import disarmer_of

SCRIPT = b"<?php system('a'); ?>"
MODES = {
    "image/jpeg": ("JPEG", ["L", "RGB", "CMYK"], {"comment": SCRIPT, "quality": 80}),
    "image/png": ("PNG", ["1", "L", "P", "RGB", "RGBA", "I;16"], {}),
    "image/gif": ("GIF", ["L", "P"], {"comment": SCRIPT}),
    "image/tiff": ("TIFF", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"], {}),
    "image/bmp": ("BMP", ["1", "L", "P", "RGB", "RGBA"], {}),
}
CASES = [(media_type, mode) for media_type, (_, modes, _) in MODES.items() for mode in modes]


def picture(mode):
    """A picture of which no two rows are alike."""
    rows = b"".join(bytes((x * y + x) % 256 for x in range(48)) for y in range(40))
    grey = Image.frombytes("L", (48, 40), rows)
    return grey.convert("I").convert(mode) if mode == "I;16" else grey.convert(mode)


def saved(media_type, mode, **more):
    """The bytes of a picture in its format, with a script beside the pixels."""
    name, _, options = MODES[media_type]
    target = BytesIO()
    if name == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SCRIPT.decode())
        options = {"pnginfo": texts}
    picture(mode).save(target, name, **options, **more)
    return target.getvalue() + SCRIPT


def decoded(content):
    """All frames as the decoder sees them."""
    with Image.open(BytesIO(content)) as opened:
        frames = []
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            frames.append((opened.mode, opened.size, opened.tobytes()))
        return frames


@pytest.mark.parametrize(("media_type", "mode"), CASES)
def test_pixels_are_equal(media_type, mode):
    """Not one of them differs, and the script is gone."""
    content = saved(media_type, mode)

    made = disarmer_of(media_type).disarm(content, frozenset()).content

    assert decoded(content) == decoded(made)
    assert SCRIPT not in made
    assert () == disarmer_of(media_type).walk(made)


@pytest.mark.parametrize(
    "packing", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"]
)
def test_pixels_of_every_packing_are_equal(packing):
    """Strips are not unpacked, and tables come along."""
    content = saved("image/tiff", "1" if packing == "group4" else "RGB", compression=packing)

    made = disarmer_of("image/tiff").disarm(content, frozenset()).content

    assert decoded(content) == decoded(made)


@pytest.mark.parametrize("big", [False, True])
def test_every_page_of_a_fax_is_kept(big):
    """In order, each with its own strips."""
    target = BytesIO()
    pages = [picture("L").rotate(turned) for turned in (90, 180)]
    picture("L").save(target, "TIFF", save_all=True, append_images=pages, big_tiff=big)
    media_type = "image/x-bigtiff" if big else "image/tiff"

    made = disarmer_of(media_type).disarm(target.getvalue() + SCRIPT, frozenset()).content

    assert 3 == len(decoded(made))
    assert decoded(target.getvalue()) == decoded(made)
    assert SCRIPT not in made


def test_progressive_pictures_keep_all_of_their_scans():
    """Tables stand between the scans."""
    content = saved("image/jpeg", "RGB", progressive=True)

    made = disarmer_of("image/jpeg").disarm(content, frozenset()).content

    assert decoded(content) == decoded(made)
    assert content.count(b"\xff\xda") == made.count(b"\xff\xda")


def test_moving_pictures_keep_all_of_their_frames():
    """Durations and the loop are kept as well."""
    target = BytesIO()
    frames = [picture("P").rotate(turned) for turned in (90, 180)]
    picture("P").save(target, "GIF", save_all=True, append_images=frames, duration=70, loop=0)

    made = disarmer_of("image/gif").disarm(target.getvalue() + SCRIPT, frozenset()).content

    assert decoded(target.getvalue()) == decoded(made)
    with Image.open(BytesIO(made)) as opened:
        assert (70, 0) == (opened.info["duration"], opened.info["loop"])


def test_an_orientation_is_read_by_others():
    """The block of Exif that stays is a sound one."""
    target = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SCRIPT.decode()
    picture("RGB").save(target, "JPEG", exif=exif)

    made = disarmer_of("image/jpeg").disarm(target.getvalue(), frozenset()).content

    with Image.open(BytesIO(made)) as opened:
        assert {0x0112: 6} == dict(opened.getexif())
