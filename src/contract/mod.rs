//! What the API says: its models, its bodies, its errors, and what may be sent to it.

pub mod api_key;
pub mod base_url;
pub mod catalogue;
pub mod data_url;
pub mod error;
pub mod file_name;
pub mod fingerprint;
pub mod generation;
pub mod idempotency_key;
pub mod media_type;
pub mod path;
pub mod public_url;
pub mod redaction;
pub mod result;
pub mod result_url;
pub mod text;
pub mod upload_policy;
pub mod validation;
pub mod value;
