//! Uploads: what may be stored, and what is known of it.

use serde_json::{Map, Value, json};

use super::conventions::{BYTES_PER_MB, CLIENT_REQUEST_ID_MAX};
use super::problem::Problem;
use super::tables::{Catalogue, KindRow};

/// Enough of a file's head to tell its type.
pub const SNIFF_BYTES: i32 = 8_192;

const MATROSKA_BYTES: usize = 512;

/// The form's fields, without the file's bytes.
#[derive(Debug, Default)]
pub struct UploadForm {
    /// Field `kind`.
    pub kind: Option<String>,
    /// Field `model`.
    pub model: Option<String>,
    /// Field `client_request_id`.
    pub client_request_id: Option<String>,
    /// Name of the file part.
    pub name: String,
    /// Content type that the part declares.
    pub declared_type: String,
    /// Size of the file.
    pub size_bytes: u64,
}

/// A stored upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Public id.
    pub id: String,
    /// `image`, `video` or `audio`.
    pub kind: String,
    /// Type by signature.
    pub mime: String,
    /// File name.
    pub name: String,
    /// Size.
    pub size_bytes: u64,
    /// Where it lies.
    pub url: String,
    /// What a reference must repeat, for audio and video.
    pub duration_token: Option<String>,
    /// ISO time of the upload.
    pub created_at: String,
    /// Caller's trace id.
    pub client_request_id: Option<String>,
}

impl FileRecord {
    /// Whether a model's limits take it; else what is wrong.
    pub fn fits(&self, limits: &KindRow) -> Result<(), String> {
        let max_bytes = limits.max_mb.saturating_mul(BYTES_PER_MB);
        if self.size_bytes > max_bytes {
            return Err(format!(
                "{} bytes; the limit is {} MB ({max_bytes} bytes).",
                self.size_bytes, limits.max_mb
            ));
        }
        if !limits.mime.iter().any(|mime| same_type(mime, &self.mime)) {
            return Err(format!(
                "the file is {} by its signature; taken are {}.",
                self.mime,
                limits.mime.join(", ")
            ));
        }
        Ok(())
    }

    /// The body that an upload and `GET /files/{id}` answer. Keys beside `url`, `id` and `duration_token` are ours.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("id".into(), json!(self.id));
        body.insert("object".into(), json!("file"));
        body.insert("kind".into(), json!(self.kind));
        body.insert("name".into(), json!(self.name));
        body.insert("mime_type".into(), json!(self.mime));
        body.insert("size_bytes".into(), json!(self.size_bytes));
        body.insert("url".into(), json!(self.url));
        body.insert("created_at".into(), json!(self.created_at));
        for (key, value) in
            [("duration_token", &self.duration_token), ("client_request_id", &self.client_request_id)]
        {
            if let Some(value) = value {
                body.insert(key.into(), json!(value));
            }
        }
        Value::Object(body)
    }
}

/// Checks an upload. `head` is the file's first [`SNIFF_BYTES`]; the record comes without id, url, time and token.
pub fn judge(form: &UploadForm, head: &[u8]) -> Result<FileRecord, Problem> {
    let kind = match form.kind.as_deref() {
        Some(kind @ ("image" | "video" | "audio")) => kind,
        _ => return Err(Problem::validation("kind: one of image, video, audio is required.")),
    };
    if form.client_request_id.as_ref().is_some_and(|id| id.chars().count() > CLIENT_REQUEST_ID_MAX) {
        return Err(Problem::validation(format!(
            "client_request_id: up to {CLIENT_REQUEST_ID_MAX} characters."
        )));
    }
    if form.size_bytes == 0 {
        return Err(Problem::validation("file: is empty."));
    }
    let mime = signature(head).ok_or_else(|| {
        Problem::validation("file: its signature is none of an image, video or audio file.")
    })?;
    let limits = limits(form.model.as_deref(), kind)?;
    let declared = form.declared_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_media = ["image/", "video/", "audio/"].iter().any(|family| declared.starts_with(family));
    if is_media && !same_type(&declared, mime) {
        return Err(Problem::validation(format!(
            "file: declared as {declared}, but its signature is {mime}."
        )));
    }
    let record = FileRecord {
        id: String::new(),
        kind: kind.to_owned(),
        mime: mime.to_owned(),
        name: form.name.clone(),
        size_bytes: form.size_bytes,
        url: String::new(),
        duration_token: None,
        created_at: String::new(),
        client_request_id: form.client_request_id.clone(),
    };
    record.fits(&limits).map_err(|message| Problem::validation(format!("file: {message}")))?;
    Ok(record)
}

fn limits(model: Option<&str>, kind: &str) -> Result<KindRow, Problem> {
    let Some(id) = model else {
        return KindRow::default_for(kind).ok_or_else(|| Problem::validation("kind: unknown."));
    };
    let model = Catalogue::get().model(id);
    let model = model.ok_or_else(|| Problem::validation(format!("model: there is no model {id:?}.")))?;
    if model.category == "chat" {
        // Documented: chat attachments are images from the Files API.
        return KindRow::default_for(kind)
            .filter(|_| kind == "image")
            .ok_or_else(|| Problem::validation(format!("kind: {id} takes image attachments only.")));
    }
    model.kind(kind).ok_or_else(|| Problem::validation(format!("kind: {id} takes no {kind} files.")))
}

/// The type by the first bytes, in the spelling of the API's tables.
pub fn signature(head: &[u8]) -> Option<&'static str> {
    // Matroska and WebM are only recognised in more bytes than a tiny file has.
    let mut padded = head.to_vec();
    padded.resize(head.len().max(MATROSKA_BYTES), 0);
    let mime = match infer::get(&padded)?.mime_type() {
        "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        "audio/x-wav" => "audio/wav",
        "video/x-m4v" => "video/mp4",
        mime => mime,
    };
    ["image/", "video/", "audio/"].iter().any(|family| mime.starts_with(family)).then_some(mime)
}

fn same_type(one: &str, other: &str) -> bool {
    fn plain(mime: &str) -> &str {
        match mime {
            "image/jpg" | "image/pjpeg" => "image/jpeg",
            "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "audio/wav",
            "audio/mp3" => "audio/mpeg",
            "audio/m4a" | "audio/x-m4a" => "audio/mp4",
            "video/x-m4v" => "video/mp4",
            mime => mime,
        }
    }
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";
    const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1";
    const MKV: &[u8] = b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x23\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x88matroska";

    fn form(kind: &str, model: Option<&str>, size_bytes: u64) -> UploadForm {
        UploadForm {
            kind: Some(kind.into()),
            model: model.map(str::to_owned),
            size_bytes,
            name: "a".into(),
            ..Default::default()
        }
    }

    fn refused(form: &UploadForm, head: &[u8], part: &str) {
        let problem = judge(form, head).unwrap_err();
        assert_eq!((problem.status, problem.code), (400, "validation_failed"));
        assert!(problem.message.contains(part), "{}", problem.message);
    }

    #[test]
    fn a_files_signature_decides_its_type() {
        assert_eq!(signature(PNG), Some("image/png"));
        assert_eq!(signature(JPEG), Some("image/jpeg"));
        assert_eq!(signature(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(signature(WAV), Some("audio/wav"));
        assert_eq!(signature(HEIC), Some("image/heif"));
        assert_eq!(signature(MKV), Some("video/x-matroska"));
        assert_eq!(signature(b"%PDF-1.7"), None);
        assert_eq!(signature(b"plain text"), None);
        assert_eq!(signature(b""), None);
    }

    #[test]
    fn kind_signature_and_declared_type_must_agree() {
        assert_eq!(judge(&form("image", None, 9), PNG).unwrap().mime, "image/png");
        assert_eq!(judge(&form("audio", None, 9), WAV).unwrap().mime, "audio/wav");
        refused(&form("video", None, 9), PNG, "image/png by its signature");
        refused(&form("image", None, 9), HEIC, "image/heif by its signature");
        refused(&form("image", None, 9), b"GIF89a", "image/gif");
        refused(&form("image", None, 9), b"hello", "signature");
        refused(&form("picture", None, 9), PNG, "kind");
        refused(&UploadForm { kind: None, ..form("image", None, 9) }, PNG, "kind");
        refused(
            &UploadForm { declared_type: "image/jpeg".into(), ..form("image", None, 9) },
            PNG,
            "declared as image/jpeg",
        );
        let loose = UploadForm { declared_type: "application/octet-stream".into(), ..form("image", None, 9) };
        assert!(judge(&loose, PNG).is_ok());
    }

    #[test]
    fn size_limits_are_the_models_or_the_defaults() {
        let mb = 1_048_576;
        assert!(judge(&form("image", None, 10 * mb), PNG).is_ok());
        refused(&form("image", None, 10 * mb + 1), PNG, "10 MB");
        assert!(judge(&form("image", Some("nano-banana-2"), 30 * mb), PNG).is_ok());
        refused(&form("image", Some("nano-banana-2"), 30 * mb + 1), PNG, "30 MB");
        assert!(judge(&form("image", Some("happyhorse-1-0"), 10 * mb), PNG).is_ok());
        refused(&form("image", None, 0), PNG, "empty");
    }

    #[test]
    fn a_model_decides_kinds_and_types() {
        refused(&form("image", Some("z-image"), 9), PNG, "takes no image");
        refused(&form("video", Some("nano-banana-2"), 9), PNG, "takes no video");
        refused(&form("image", Some("nope"), 9), PNG, "no model");
        refused(&form("video", None, 9), MKV, "video/x-matroska");
        assert!(judge(&form("video", Some("wan-2-6"), 9), MKV).is_ok());
        assert!(judge(&form("image", Some("gpt-5-2-chat"), 9), PNG).is_ok());
    }
}
