"""A second server of Rivya Public API v1, so that a misreading shared by the client and the emulator cannot pass.

Written from the samples of the contract alone, in another language, over Werkzeug's multipart parser. It knows two models,
as their documented pages show them: `z-image` (text only) and `nano-banana-2` (up to 14 images of at most 30 MB).

    PYTHONPATH=target/python python3 tests/second-server/server.py [--port 0]

binds to 127.0.0.1, prints its origin on stdout, and serves the API below `/api/v1`, results below `/media`, and for tests:

    GET  /_test/state    everything received: requests, uploads, charges, media requests
    POST /_test/reset    forgets all of it, and the faults
    POST /_test/set      {"credits": n, "outcome": "succeeded"|"failed"|"failed_without_error", "polls": n}
    POST /_test/faults   [{"method", "path", "kind", "times", "status", "headers", "body"}]: the next `times` requests go wrong

Kinds of fault: `drop_before` (nothing done, no answer), `drop_after` (done and charged, no answer), `status` (nothing done, that
answer), `truncate` (done, half the answer), `answer` (done, but `status`, `headers` and `body` are sent), `hang` (no answer until the
caller leaves or five seconds are over). Bodies may be an object (sent as JSON) or a string.

Where the contract is silent these are conventions of this server: 201 for a create, 402 for `insufficient_credits`, a known key with
the same body is answered as before and with another one is a conflict, the keys of a file, a failed task costs nothing, 2^20 bytes
per MB, and open CORS. A task moves on with each poll: `processing`, then its end at poll number `polls` (1 when it starts).
"""

import argparse
import base64
import hashlib
import json
import threading
import time

from werkzeug.http import parse_options_header
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from wire import CORS, ApiError, answer, hang_up, invalid, picture, read_parts, timestamp, wait_until_caller_left

KEY = "rvya_sk_second"
SELECTS = {
    "z-image": {"aspect_ratio": ["1:1", "4:3", "3:4", "16:9", "9:16"]},
    "nano-banana-2": {
        "aspect_ratio": "auto 1:1 16:9 9:16 3:2 2:3 4:3 3:4 5:4 4:5 21:9 4:1 1:4 8:1 1:8".split(),
        "resolution": ["1K", "2K", "4K"],
        "output_format": ["jpg", "png"],
        "google_search": ["false", "true"],
    },
}
PRICES = {"z-image": 1, "nano-banana-2": 5}
PROMPT_LIMITS = {"z-image": 1_000, "nano-banana-2": 20_000}
MAX_REFERENCES = {"z-image": 0, "nano-banana-2": 14}
# The default limit of an image is 10 MB; the page of nano-banana-2 raises it to 30.
MAX_IMAGE_BYTES = {None: 10 << 20, "nano-banana-2": 30 << 20}
ITEM_KEYS = {"url", "kind", "name", "mimeType", "durationSeconds", "durationToken"}
SIGNATURES = [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp")]
LISTED = {
    "display_name": "Z-Image", "category": "image", "runtime": "async_task", "billing_type": "FIXED",
    "supported_modes": ["text-to-image"], "reference_media": None, "params": [], "api_status": "available",
    "api_input_status": "available_text", "supported_api_inputs": ["text"], "requires_files_api": False,
    "requires_upload_for_modes": [], "url_input_supported": False, "file_kinds": [], "chat_capabilities": None, "notices": [],
}


class Server:
    """The whole state, and one method a route. Every method that changes state runs under `lock`."""

    def __init__(self):
        self.lock = threading.RLock()
        self.origin = ""
        self.reset()

    def reset(self):
        with self.lock:
            self.credits, self.outcome, self.polls = 100, "succeeded", 1
            self.tasks, self.files, self.replays, self.faults = {}, {}, {}, []
            self.requests, self.uploads, self.charges, self.media = [], [], [], []

    # The API

    def list_models(self, _request):
        entries = [{"id": model, **LISTED, "base_credits": PRICES[model], "max_prompt_length": PROMPT_LIMITS[model]} for model in PRICES]
        entries[1].update(display_name="Nano Banana 2", supported_api_inputs=["text", "file"], file_kinds=["image"],
                          supported_modes=["text-to-image", "image-to-image"], api_input_status="partial_requires_files")
        return answer(200, {"object": "list", "data": entries})

    def read_credits(self, _request):
        return answer(200, {"current_credits": self.credits})

    def create(self, request):
        if request.mimetype != "application/json":
            raise invalid(f"Content-Type must be application/json, not {request.mimetype!r}")
        try:
            body = json.loads(request.raw_body)
        except ValueError as error:
            raise invalid(f"The body is no JSON: {error}") from None
        with self.lock:
            key, text = request.headers.get("Idempotency-Key"), request.raw_body
            if key is not None and key in self.replays:
                first, response = self.replays[key]
                if first != text:
                    raise ApiError(409, "idempotency_conflict", "This key was used with another body.")
                return answer(201, response)
            model = self.check_generation(body)
            if self.credits < PRICES[model]:
                raise ApiError(402, "insufficient_credits", "Not enough credits.")
            number = len(self.tasks) + 1
            task = {"id": f"task_second_{number}", "status": "queued", "model": model, "reserved_credits": PRICES[model], "final_credits": 0,
                    "created_at": timestamp(), "updated_at": timestamp(), "result": None, "error": None}
            self.credits -= PRICES[model]
            self.charges.append({"id": task["id"], "idempotency_key": key, "credits": PRICES[model]})
            self.tasks[task["id"]] = {"task": task, "polls": 0, "number": number}
            if key is not None:
                self.replays[key] = (text, dict(task))
            return answer(201, task)

    def check_generation(self, body):
        """The documented fields and nothing else; answers the model."""
        if not isinstance(body, dict) or set(body) - {"model", "prompt", "params", "client_request_id"}:
            raise invalid("Only model, prompt, params and client_request_id are accepted.")
        model, params = body.get("model"), body.get("params", {})
        if model not in PRICES:
            raise invalid(f"Unknown model: {model!r}")
        if not isinstance(body.get("prompt"), str) or not 0 < len(body["prompt"]) <= PROMPT_LIMITS[model]:
            raise invalid(f"prompt must have 1 to {PROMPT_LIMITS[model]} characters.")
        if not isinstance(body.get("client_request_id", ""), str) or not isinstance(params, dict):
            raise invalid("client_request_id must be a string, params an object.")
        for name, value in params.items():
            if name == "referenceMediaItems":
                self.check_items(model, value)
            elif value not in SELECTS[model].get(name, []):
                raise invalid(f"params.{name}: {value!r} is not accepted.")
        return model

    def check_items(self, model, items):
        if not isinstance(items, list) or len(items) > MAX_REFERENCES[model]:
            raise invalid(f"params.referenceMediaItems: at most {MAX_REFERENCES[model]} items.")
        for item in items:
            if not isinstance(item, dict) or not {"url", "kind"} <= set(item) <= ITEM_KEYS:
                raise invalid(f"params.referenceMediaItems: {item!r} is no item.")
            if item["kind"] != "image" or item["url"] not in [file["url"] for file in self.files.values()]:
                raise invalid(f"params.referenceMediaItems: {item!r} is no image uploaded before.")

    def poll(self, _request, task_id):
        with self.lock:
            entry = self.tasks.get(task_id)
            if entry is None:
                raise ApiError(404, "not_found", "No such task.")
            entry["polls"] += 1
            task = entry["task"]
            if task["status"] in ("queued", "processing"):
                task["updated_at"] = timestamp()
                task["status"] = "processing" if entry["polls"] < self.polls else self.outcome.split("_")[0]
                if task["status"] == "succeeded":
                    url = f"{self.origin}/media/{entry['number']}.png"
                    task.update(final_credits=task["reserved_credits"], result={"primary_url": url, "urls": [url]})
                elif task["status"] == "failed":
                    self.credits += task["reserved_credits"]
                    if self.outcome == "failed":
                        task["error"] = {"code": "generation_failed", "message": "The generation failed."}
            return answer(200, task)

    def upload(self, request):
        kind, options = parse_options_header(request.headers.get("Content-Type"))
        if kind != "multipart/form-data" or "boundary" not in options:
            raise invalid(f"Content-Type must be multipart/form-data with a boundary, not {kind!r}")
        parts = read_parts(request.raw_body, options["boundary"].encode())
        with self.lock:
            self.uploads.append({"parts": [{key: value for key, value in part.items() if key != "data"} for part in parts]})
        fields = {part["name"]: part for part in parts}
        if len(fields) != len(parts) or set(fields) - {"file", "kind", "model", "client_request_id"}:
            raise invalid("Only file, kind, model and client_request_id are accepted, each once.")
        if "file" not in fields or "data" not in fields["file"] or fields.get("kind", {}).get("value") != "image":
            raise invalid("A file and its kind are needed; this server takes images.")
        model = fields.get("model", {}).get("value")
        if (model is not None and not MAX_REFERENCES.get(model)) or len(fields.get("client_request_id", {}).get("value", "")) > 128:
            raise invalid("model takes no files, or client_request_id has over 128 characters.")
        file = fields["file"]
        if file["size"] > MAX_IMAGE_BYTES[model]:
            raise invalid(f"file: {file['size']} bytes are more than {MAX_IMAGE_BYTES[model]}.")
        signature = next((mime for start, mime in SIGNATURES if file["data"].startswith(start)), None)
        if signature is None or file["content_type"] != signature:
            raise invalid(f"file: declared {file['content_type']!r}, found {signature!r}.")
        with self.lock:
            number = len(self.files) + 1
            public = {"id": f"file_second_{number}", "url": f"{self.origin}/media/upload-{number}", "kind": "image",
                      "name": file["file_name"], "mime_type": signature, "size": file["size"]}
            self.files[public["id"]] = public
        return answer(201, public)

    def read_file(self, _request, file_id):
        if file_id not in self.files:
            raise ApiError(404, "not_found", "No such file.")
        return answer(200, self.files[file_id])

    # Around it

    def route(self, request):
        """The endpoint of a request, with its key checked; None for what is not there."""
        path, post = request.path.removeprefix("/api/v1/").split("/"), request.method == "POST"
        if request.method == "GET" and path == ["models"]:
            return lambda: self.list_models(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise ApiError(401, "api_key_missing", "A valid Bearer API key is required.")
        if key != KEY:
            raise ApiError(401, "api_key_invalid", "The API key cannot be verified.")
        match path:
            case ["generations"] if post: return lambda: self.create(request)
            case ["generations", task_id] if not post: return lambda: self.poll(request, task_id)
            case ["files"] if post: return lambda: self.upload(request)
            case ["files", file_id] if not post: return lambda: self.read_file(request, file_id)
            case ["credits"] if not post: return lambda: self.read_credits(request)
        return None

    def next_fault(self, request):
        with self.lock:
            for fault in self.faults:
                if fault.get("times", 1) > 0 and fault["method"] == request.method and request.path.endswith(fault["path"]):
                    fault["times"] = fault.get("times", 1) - 1
                    return fault
        return {"kind": "none"}

    def api(self, request):
        fault, entry = self.next_fault(request), len(self.requests)
        if fault["kind"] == "drop_before":
            hang_up(request)
        if fault["kind"] == "hang":
            wait_until_caller_left(request, limit_s=5)
            hang_up(request)
        if fault["kind"] == "status":
            return answer(fault["status"], fault["body"], fault.get("headers"))
        try:
            endpoint = self.route(request)
            if endpoint is None:
                raise ApiError(404, "not_found", "No such endpoint.")
            response = endpoint()
        except ApiError as error:
            response = answer(error.status, {"error": {"code": error.code, "message": error.message, "requestId": f"req_second_{entry}"}})
        if fault["kind"] == "drop_after":
            hang_up(request)
        if fault["kind"] == "truncate":
            body = response.get_data()
            # A length that the body never reaches: the handler closes the connection, the caller sees it cut off.
            response = Response(body[: len(body) // 2], response.status_code, {"Content-Type": "application/json", "Connection": "close"})
            response.automatically_set_content_length = False
            response.headers["Content-Length"] = str(len(body))
        if fault["kind"] == "answer":
            response = answer(fault["status"], fault["body"], fault.get("headers"))
        return response

    def result(self, request):
        with self.lock:
            self.media.append({"path": request.path, "headers": dict(request.headers)})
        number = request.path.removeprefix("/media/").removesuffix(".png")
        return answer(200, picture(int(number))) if number.isdigit() else answer(404, "no such picture")

    def control(self, request, body):
        with self.lock:
            if request.path == "/_test/reset":
                self.reset()
            elif request.path == "/_test/set":
                for name in ("credits", "outcome", "polls"):
                    setattr(self, name, body.get(name, getattr(self, name)))
            elif request.path == "/_test/faults":
                self.faults = body
            elif request.path != "/_test/state":
                return answer(404, "no such switch")
            return answer(200, {name: getattr(self, name) for name in ("requests", "uploads", "charges", "media", "credits", "tasks")})

    def record(self, request):
        entry = {"method": request.method, "path": request.path, "headers": {name.lower(): value for name, value in request.headers},
                 "at_ms": time.time() * 1000, "size": len(request.raw_body), "sha256": hashlib.sha256(request.raw_body).hexdigest()}
        if len(request.raw_body) < 1 << 20:
            entry["body_base64"] = base64.b64encode(request.raw_body).decode()
        with self.lock:
            self.requests.append(entry)

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.raw_body = request.get_data(cache=False)
        if request.method == "OPTIONS":
            response = Response(status=204)
        elif request.path.startswith("/_test/"):
            response = self.control(request, json.loads(request.raw_body or b"{}"))
        elif request.path.startswith("/media/"):
            response = self.result(request)
        else:
            self.record(request)
            response = self.api(request)
        response.headers.extend(CORS)
        return response(environ, start_response)


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_args):
        """stdout carries the origin alone."""


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    app = Server()
    server = make_server("127.0.0.1", arguments.parse_args().port, app, threaded=True, request_handler=Handler)
    app.origin = f"http://127.0.0.1:{server.server_port}"
    print(app.origin, flush=True)
    server.serve_forever()
