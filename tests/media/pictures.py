"""Real pictures by real encoders, and what an independent decoder sees of them.

    pictures.py make FOLDER       writes the pictures, each with all the metadata that its format takes
    pictures.py compare A B       asserts, for each file of A, that the one of B of that name shows the very same pixels, as JSON: what differs

Pillow encodes and decodes; exiftool writes what Pillow does not (IPTC, Photoshop, maker's comments, XMP in both forms).
"""

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageSequence, PngImagePlugin

SIZE = (96, 64)
GPS = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}
EXIF_TAGS = {0x010F: "A maker", 0x0110: "A camera", 0x0131: "A program", 0x0132: "2026:01:02 03:04:05", 0x013B: "Somebody"}
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='home'/></rdf:RDF></x:xmpmeta>"
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\xff\xd9film" * 500


def gradient(mode, shift=0):
    """Every pixel another colour, so that nothing can be turned or lost unseen."""
    image = Image.new("RGB", SIZE)
    image.putdata([((x * 5 + shift) % 256, (y * 7) % 256, (x * y + shift) % 256) for y in range(SIZE[1]) for x in range(SIZE[0])])
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(SIZE))
        return image
    return image.convert("I;16" if mode == "I;16" else mode)


def exif(orientation=1):
    block = Image.Exif()
    for tag, value in EXIF_TAGS.items():
        block[tag] = value
    block[0x0112] = orientation
    block.get_ifd(0x8769).update({0x9286: b"ASCII\0\0\0a remark", 0x927C: b"maker's own notes" * 20, 0xA433: "A lens maker"})
    block.get_ifd(0x8825).update(GPS)
    return block


def icc():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    profile = icc()

    def jpeg(name, mode="RGB", tail=b"", orientation=1, **options):
        path = folder / f"{name}.jpg"
        gradient(mode).save(path, exif=exif(orientation), icc_profile=profile if mode != "CMYK" else None, xmp=XMP, comment=b"a comment", quality=85, **options)
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-IPTC:City=Haarlem", "-IPTC:By-line=Somebody", "-Photoshop:CopyrightFlag=true", "-XMP:Creator=Somebody", path], check=True)
        with open(path, "ab") as file:
            file.write(tail)

    jpeg("baseline")
    jpeg("progressive", progressive=True)
    jpeg("grey", mode="L")
    jpeg("cmyk", mode="CMYK")
    jpeg("no-subsampling", subsampling=0, optimize=True)
    jpeg("restart-intervals", restart_marker_blocks=2)
    jpeg("motion-photo", tail=FILM)
    for orientation in range(1, 9):
        jpeg(f"orientation-{orientation}", orientation=orientation)
    gradient("RGB").save(folder / "several.mpo", format="MPO", save_all=True, append_images=[gradient("RGB", 9)], exif=exif(), icc_profile=profile)
    (folder / "several.mpo").rename(folder / "several.jpg")
    with_thumbnail(folder / "baseline.jpg", folder / "thumbnail.jpg")
    long_xmp(folder / "baseline.jpg", folder / "extended-xmp.jpg")
    jfif_thumbnail(folder / "baseline.jpg", folder / "jfif-thumbnail.jpg")

    for name, mode, options in [("rgb", "RGB", {}), ("rgba", "RGBA", {}), ("sixteen", "I;16", {}), ("palette", "P", {"transparency": 3}), ("turned", "RGB", {"orientation": 6}), ("animated", "RGBA", {"frames": 3})]:
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", "Somebody")
        texts.add_text("Comment", "packed" * 50, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        texts.add_itxt("Title", "at home")
        texts.add(b"gAMA", struct.pack(">I", 45455))
        texts.add(b"tIME", b"\x07\xea\x01\x02\x03\x04\x05")
        frames = options.pop("frames", 1)
        orientation = options.pop("orientation", 1)
        more = {"save_all": True, "append_images": [gradient(mode, 40 * frame) for frame in range(1, frames)], "duration": 120} if frames > 1 else {}
        path = folder / f"{name}.png"
        gradient(mode).save(path, pnginfo=texts, exif=exif(orientation), icc_profile=profile if mode != "I;16" else None, **options, **more)
        with open(path, "ab") as file:
            file.write(b"behind the image")
    small_chunks(folder / "rgb.png", folder / "small-chunks.png")

    for name, mode, options in [("lossy", "RGB", {}), ("lossless", "RGB", {"lossless": True}), ("alpha", "RGBA", {}), ("turned", "RGB", {"orientation": 8}), ("animated", "RGBA", {"frames": 3})]:
        frames = options.pop("frames", 1)
        orientation = options.pop("orientation", 1)
        more = {"save_all": True, "append_images": [gradient(mode, 40 * frame) for frame in range(1, frames)], "duration": 120} if frames > 1 else {}
        gradient(mode).save(folder / f"{name}.webp", exif=exif(orientation), xmp=XMP, icc_profile=profile, **options, **more)


def with_thumbnail(source, target):
    """A preview within Exif, of what was cropped away since."""
    target.write_bytes(source.read_bytes())
    preview = target.with_suffix(".preview")
    gradient("RGB", 100).resize((32, 24)).save(preview, format="JPEG")
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={preview}", target], check=True)
    preview.unlink()


def long_xmp(source, target):
    """XMP of over 64 kB goes into several segments."""
    target.write_bytes(source.read_bytes())
    text = target.with_suffix(".txt")
    text.write_text("a long description " * 8_000)
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-XMP-dc:Description<={text}", target], check=True)
    text.unlink()


def jfif_thumbnail(source, target):
    data = source.read_bytes()
    assert data[2:4] == b"\xff\xe0" and data[6:11] == b"JFIF\0", "Pillow begins with JFIF"
    length = struct.unpack(">H", data[4:6])[0]
    pixels = bytes(range(27))
    segment = data[6:4 + length - 2] + b"\x03\x03" + pixels
    target.write_bytes(data[:4] + struct.pack(">H", len(segment) + 2) + segment + data[4 + length:])


def small_chunks(source, target, size=100):
    data = source.read_bytes()
    out, at = bytearray(data[:8]), 8
    while data[at + 4:at + 8] != b"IEND":
        length = struct.unpack(">I", data[at:at + 4])[0]
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + length]
        step = size if kind == b"IDAT" else max(length, 1)
        for start in range(0, max(length, 1), step):
            part = body[start:start + step]
            out += struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        at += 12 + length
    target.write_bytes(bytes(out) + data[at:])


def seen(path):
    """What a decoder shows of a file: every frame's pixels, its duration, orientation and colour profile."""
    with Image.open(path) as image:
        orientation = image.getexif().get(0x0112, 1)
        profile = image.info.get("icc_profile")
        gamma = image.info.get("gamma")
        # An MPO's second picture trails the first one: it is to go.
        frames = [image] if image.format in ("MPO", "JPEG") else ImageSequence.Iterator(image)
        pixels = [(frame.mode, frame.size, frame.info.get("duration"), zlib.crc32(frame.tobytes())) for frame in frames]
        return {"orientation": orientation, "profile": profile and zlib.crc32(profile), "gamma": gamma, "transparency": str(image.info.get("transparency")), "frames": pixels}


def compare(before, after):
    differences = {}
    for path in sorted(before.iterdir()):
        one, other = seen(path), seen(after / path.name)
        if one != other:
            differences[path.name] = [one, other]
    print(json.dumps({"files": len(list(before.iterdir())), "differences": differences}))


if __name__ == "__main__":
    command, *folders = sys.argv[1:]
    {"make": make, "compare": compare}[command](*map(Path, folders))
