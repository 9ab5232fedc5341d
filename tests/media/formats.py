"""One file of each format that the API takes, by real encoders: formats.py FOLDER."""

import subprocess
import sys
import wave
from pathlib import Path

import imageio_ffmpeg
import pillow_heif
from PIL import Image

SVG = "<?xml version='1.0' encoding='UTF-8'?>\n<!-- drawn by hand -->\n<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><path d='M0 0h8v8z'/></svg>\n"
#: File name → arguments of ffmpeg behind its two sources, a second of colour bars and a second of a tone.
FILMS = {
    "film.mp4": ["-c:v", "mpeg4", "-c:a", "aac"],
    "fast-start.mp4": ["-c:v", "mpeg4", "-c:a", "aac", "-movflags", "faststart"],
    "fragmented.mp4": ["-c:v", "mpeg4", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
    "film.mov": ["-c:v", "mpeg4", "-c:a", "aac"],
    "film.webm": ["-c:v", "libvpx", "-c:a", "libvorbis"],
    "film.mkv": ["-c:v", "mpeg4", "-c:a", "aac"],
}
SOUNDS = {
    "tagged.mp3": ["-c:a", "libmp3lame", "-metadata", "title=A tone"],
    "bare.mp3": ["-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0"],
    "sound.m4a": ["-c:a", "aac"],
    "sound.aac": ["-c:a", "aac", "-f", "adts"],
    "vorbis.ogg": ["-c:a", "libvorbis"],
    "opus.ogg": ["-c:a", "libopus"],
    "sound.flac": ["-c:a", "flac"],
    "sound.wav": ["-c:a", "pcm_s16le"],
}


def ffmpeg(*arguments):
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    pillow_heif.register_heif_opener()
    picture = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    for name in ["picture.jpg", "picture.png", "picture.webp", "picture.gif", "picture.bmp", "picture.tiff", "picture.pdf", "picture.heic", "picture.avif"]:
        picture.save(folder / name)
    (folder / "picture.svg").write_text(SVG)
    bars, tone = ["-f", "lavfi", "-i", "testsrc=duration=1:size=96x64:rate=10"], ["-f", "lavfi", "-i", "sine=duration=1"]
    ffmpeg("-i", folder / "picture.png", "-pix_fmt", "rgb24", folder / "by-ffmpeg.tiff")
    for name, arguments in FILMS.items():
        ffmpeg(*bars, *tone, *arguments, folder / name)
    for name, arguments in SOUNDS.items():
        ffmpeg(*tone, *arguments, folder / name)
    with wave.open(str(folder / "by-python.wav"), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", "not compressed"))
        sound.writeframes(bytes(16_000))


main(Path(sys.argv[1]))
