"""Photos by real cameras, out of the sources of packages that are tested with them.

    camera-photos.py FOLDER ARCHIVE ...     writes the pictures among an archive's tests into a folder
"""

import re
import sys
import tarfile
import zipfile
from pathlib import Path

PICTURE = re.compile(r"/(?:t|tests)/images/([^/]+\.(?:jpe?g|jps|png|webp))$")


def files(archive):
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                yield name, lambda: opened.read(name)
    else:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.isfile():
                    yield member.name, lambda: opened.extractfile(member).read()


folder, *archives = map(Path, sys.argv[1:])
folder.mkdir()
for archive in archives:
    for name, read in files(archive):
        found = PICTURE.search(name)
        content = found and read()
        # One of them is an empty file.
        if content:
            path = folder / found[1]
            assert not path.exists(), f"{path.name} is in two archives"
            path.write_bytes(content)
