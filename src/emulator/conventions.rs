//! Everything that the emulator had to decide where the API's pages are silent.
//!
//! None of this is a fact of the API. Nothing outside this file may decide such a thing, and a client must not rely on
//! any of it.

/// Success statuses. The pages name none; two different ones keep a client from insisting on 200.
pub const STATUS_GENERATION_ACCEPTED: u16 = 202;
/// A stored upload.
pub const STATUS_FILE_CREATED: u16 = 201;
/// Every other answer with a body.
pub const STATUS_OK: u16 = 200;

/// The HTTP status of `insufficient_credits`; the code is documented, its status is not.
pub const STATUS_INSUFFICIENT_CREDITS: u16 = 402;
/// The code of an unexpected error inside (a throwing `outcome` function, a `status_500` fault).
pub const CODE_INTERNAL: &str = "internal_error";
/// A known path asked with a method it does not have: 405, with `Allow`. Unknown paths answer 404 `not_found`.
pub const CODE_METHOD_NOT_ALLOWED: &str = "method_not_allowed";

/// Longest `client_request_id` in characters: documented for Files, taken over for generations.
pub const CLIENT_REQUEST_ID_MAX: usize = 128;
/// Longest `Idempotency-Key` in printable ASCII characters.
pub const IDEMPOTENCY_KEY_MAX: usize = 128;
/// Largest JSON body in bytes.
pub const JSON_BODY_MAX_BYTES: usize = 1_048_576;
/// One "MB" of an upload limit: the wider of the two readings, so that only what is certainly too large is refused.
pub const BYTES_PER_MB: u64 = 1_048_576;
/// Default upload limits where a model's page was cut off, in MB: documented as the Files API's defaults.
pub const DEFAULT_MAX_MB: [(&str, u64); 3] = [("image", 10), ("video", 50), ("audio", 10)];
/// Default upload types, documented.
pub const DEFAULT_MIME: [(&str, &[&str]); 3] = [
    ("image", &["image/jpeg", "image/png", "image/webp"]),
    ("video", &["video/mp4", "video/quicktime", "video/webm"]),
    ("audio", &["audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/aac", "audio/ogg"]),
];

/// Top-level fields of `POST /generations`. Others are refused: the pages forbid `files` and are silent about the rest.
pub const CREATE_FIELDS: [&str; 4] = ["model", "prompt", "params", "client_request_id"];
/// Keys of one reference; others are refused.
pub const REFERENCE_KEYS: [&str; 6] = ["url", "kind", "name", "mimeType", "durationSeconds", "durationToken"];

/// What a task costs: the model's `base_credits`, whatever the resolution, the duration or the number of pictures.
pub fn price(base_credits: f64) -> f64 {
    base_credits
}

/// What a failed task costs in the end: nothing, what was reserved comes back.
pub const FAILED_TASK_CREDITS: f64 = 0.0;

/// `Retry-After` of a `status_429` fault, in seconds. A `status_503` fault has none.
pub const FAULT_RETRY_AFTER_SECONDS: u64 = 1;
/// A `slow` fault answers so much later, in milliseconds; the work is done before the delay.
pub const SLOW_MS: std::ops::RangeInclusive<u64> = 1_000..=3_000;

/// Pixels on the longer side that a resolution word stands for.
pub const RESOLUTIONS: [(&str, u32); 3] = [("1K", 1_024), ("2K", 2_048), ("4K", 4_096)];
/// Longer side where a model has no resolution parameter.
pub const DEFAULT_LONG_SIDE: u32 = 1_024;
/// Longer side of the word `square`, beside `square_hd`.
pub const SQUARE_LONG_SIDE: u32 = 512;
/// Sides are rounded to a multiple of this.
pub const SIDE_STEP: u32 = 2;
/// The widest ratio that `auto` takes over from a reference (either way up).
pub const AUTO_RATIO_MAX: f64 = 8.0;
/// Longer side of a video: its frames are stored unpacked, so they are small.
pub const VIDEO_LONG_SIDE: u32 = 256;
/// Frames of a video in all and per second at most.
pub const VIDEO_FRAMES_MAX: u32 = 48;
/// Frames per second, where that many frames last.
pub const VIDEO_FRAMES_PER_SECOND: u32 = 6;
/// Samples per second of a sound. Every sound is a WAV file, whatever `output_format` says.
pub const SOUND_SAMPLES_PER_SECOND: u32 = 22_050;
/// Longest sound in seconds.
pub const SOUND_SECONDS_MAX: f64 = 12.0;

/// Where results and uploads lie below `publicUrl`. Both are read without a key.
pub fn result_url(public_url: &str, task_id: &str, index: usize, extension: &str) -> String {
    format!("{public_url}/results/{task_id}/{index}.{extension}")
}

/// Where an upload lies; the last segment only helps people to tell files apart.
pub fn file_url(public_url: &str, file_id: &str, name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    format!("{public_url}/files/{file_id}/{}", if safe.trim_matches('.').is_empty() { "file" } else { &safe })
}

/// How deliveries of webhooks are signed where no scheme is given: by Standard Webhooks. The pages promise signatures
/// and say no more.
pub const WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// See [`WEBHOOK_SECRET_PREFIX`].
pub const WEBHOOK_ID_HEADER: &str = "webhook-id";
/// See [`WEBHOOK_SECRET_PREFIX`].
pub const WEBHOOK_TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// See [`WEBHOOK_SECRET_PREFIX`].
pub const WEBHOOK_SIGNATURE_HEADER: &str = "webhook-signature";
/// See [`WEBHOOK_SECRET_PREFIX`].
pub const WEBHOOK_SIGNATURE_PREFIX: &str = "v1,";
/// The key of an event that its generation sits under.
pub const WEBHOOK_GENERATION_KEY: &str = "data";
/// How long a receiver has for its answer, in milliseconds. The pages say: a short time.
pub const WEBHOOK_TIMEOUT_MS: u32 = 10_000;
/// Pauses before each repeat of a delivery that was not answered with a 2xx, in milliseconds. After the last repeat it
/// is given up.
pub const WEBHOOK_PAUSES_MS: [u64; 3] = [500, 2_000, 8_000];

/// Headers that a page may read, and those that it may send, where `cors` is on.
pub const CORS_EXPOSED: &str = "Retry-After, X-Request-Id";
/// See [`CORS_EXPOSED`].
pub const CORS_ALLOWED: &str = "Authorization, Content-Type, Idempotency-Key, X-Rivya-Client";
/// See [`CORS_EXPOSED`].
pub const CORS_METHODS: &str = "GET, HEAD, POST, OPTIONS";
