"""What the second server reads and writes on the wire: forms, answers, pictures, and connections hung up."""

import hashlib
import json
import select
import socket
import struct
import time
import zlib

from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData
from werkzeug.wrappers import Response

CORS = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, x-rivya-client",
    "Access-Control-Expose-Headers": "Retry-After", "Access-Control-Allow-Private-Network": "true",
}


class ApiError(Exception):
    """A refusal in the documented envelope."""

    def __init__(self, status, code, message):
        self.status, self.code, self.message = status, code, message


def invalid(message):
    return ApiError(400, "validation_failed", message)


def answer(status, body, headers=None):
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    kind = "image/png" if isinstance(body, bytes) else "text/html" if isinstance(body, str) else "application/json"
    return Response(text, status, {"Content-Type": kind, **(headers or {})})


def timestamp():
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(now)) + f"{int(now * 1000) % 1000:03d}Z"


def picture(number):
    """A one-pixel PNG whose colour is the task's number."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = b"\0" + bytes([number & 255, number >> 8 & 255, 128])
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b""))


def read_parts(body, boundary):
    """The parts of a form in the order they came, each with its SHA-256; a file's bytes under `data`."""
    decoder, parts = MultipartDecoder(boundary), []
    # In slices: the parser searches its whole buffer again for each event.
    slices = [body[start : start + (1 << 16)] for start in range(0, len(body), 1 << 16)] + [None]
    for piece in slices:
        decoder.receive_data(piece)
        try:
            while not isinstance(event := decoder.next_event(), (NeedData, Epilogue)):
                if isinstance(event, (Field, File)):
                    parts.append({"name": event.name, "content_type": event.headers.get("Content-Type"), "bytes": bytearray()})
                    if isinstance(event, File):
                        parts[-1]["file_name"] = event.filename
                elif isinstance(event, Data):
                    parts[-1]["bytes"] += event.data
        except ValueError as error:
            raise invalid(f"The form is broken: {error}") from None
    for part in parts:
        data = bytes(part.pop("bytes"))
        part.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())
        part["data" if "file_name" in part else "value"] = data if "file_name" in part else data.decode()
    return parts


def hang_up(request):
    """Closes the connection without an answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def wait_until_caller_left(request, limit_s):
    """A caller that leaves makes its socket readable with nothing to read."""
    select.select([request.environ["werkzeug.socket"]], [], [], limit_s)
