//! The files of a call, and what shall become of them.

use std::time::Duration;

use rivya_wasm::client::{
    Engine, Fit, GenerateRequest, InspectOptions, Reference, ReferenceSource, UploadOptions,
};
use rivya_wasm::emulator::random::SplitMix64;
use rivya_wasm::platform::Blob;

use super::files::File;
use super::platform::Tab;
use super::tally::Tally;

#[derive(Clone, Debug)]
pub struct Asked {
    pub files: Vec<File>,
    pub keeps_metadata: bool,
    pub fits: bool,
    pub tells_bytes: bool,
    /// Of an upload by itself.
    timeout: Option<Duration>,
    as_blob_urls: bool,
}

impl Asked {
    pub fn draw(files: Vec<File>, random: &mut SplitMix64) -> Self {
        Self {
            files,
            keeps_metadata: random.unit() < 0.1,
            fits: random.unit() < 0.4,
            tells_bytes: random.unit() < 0.7,
            timeout: (random.unit() < 0.3).then_some(Duration::from_millis(800)),
            as_blob_urls: random.unit() < 0.1,
        }
    }

    /// No files.
    pub fn nothing() -> Self {
        let files = Vec::new();
        Self {
            files,
            keeps_metadata: false,
            fits: false,
            tells_bytes: false,
            timeout: None,
            as_blob_urls: false,
        }
    }

    fn fit(&self) -> Fit {
        if self.fits { Fit::Limit } else { Fit::Off }
    }

    pub fn request(&self, engine: &Engine<Tab>, number: u64) -> GenerateRequest<File> {
        let mut request = GenerateRequest::new("nano-banana-2");
        request.prompt = Some(format!("Kite number {number}"));
        request.keep_metadata = self.keeps_metadata;
        request.fit = self.fit();
        let references = self.files.iter().map(|file| {
            if self.as_blob_urls {
                let source = ReferenceSource::BlobUrl(engine.platform().make_blob_url(file));
                Reference { source, index: None }
            } else {
                Reference::file(file.clone())
            }
        });
        request.references = references.collect();
        request
    }

    /// Of the first file.
    pub fn upload_options(&self, tally: &Tally) -> UploadOptions {
        let mut looked_at = InspectOptions::default();
        // A model of pictures takes no sounds.
        let is_sound = self.files[0].declared_type().starts_with("audio/");
        looked_at.model = (!is_sound).then(|| "nano-banana-2".to_owned());
        looked_at.keep_metadata = self.keeps_metadata;
        looked_at.fit = self.fit();
        let mut options = UploadOptions::default();
        options.looked_at = looked_at;
        options.tells_bytes = self.tells_bytes;
        options.timeout = self.timeout;
        tally.count(if is_sound { "file: a sound" } else { "file: a picture" });
        options
    }
}
