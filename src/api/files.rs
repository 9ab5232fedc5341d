//! Uploads of single files.

use std::future::IntoFuture;
use std::time::Duration;

use super::client::Client;
use super::error::{Error, documented};
use super::fused::{Calling, fused};
use super::on_progress::OnProgress;
use super::progress::Progress;
use super::reference::File;
use super::retrieve::Retrieve;
use super::uploaded_file::UploadedFile;
use crate::client::{Fit, InspectOptions, Inspection, UploadOptions};
use crate::contract::media_type::MediaKind;

impl Client {
    /// Single files. A generation uploads its references itself.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// async fn url_of(client: &Client, photo: web_sys::File) -> Result<String, Error> {
    ///     Ok(client.files().upload(photo).await?.url)
    /// }
    /// ```
    pub fn files(&self) -> Files {
        Files { client: self.clone() }
    }
}

/// Single files; see [`Client::files`].
/// ```no_run
/// use rivya_wasm::api::{Client, Error, GenerateRequest, Generation};
///
/// /// A file that is uploaded once, for several requests.
/// async fn by_day_and_by_night(client: &Client, photo: web_sys::File) -> Result<[Generation; 2], Error> {
///     let file = client.files().upload(photo).model("nano-banana-2").await?;
///     let request = |prompt| GenerateRequest::new("nano-banana-2").prompt(prompt).reference(file.clone());
///     Ok([client.generate(request("By day")).await?, client.generate(request("By night")).await?])
/// }
/// ```
#[derive(Clone)]
pub struct Files {
    client: Client,
}

impl Files {
    /// Uploads a file, freed of its metadata.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Fit, Progress};
    /// /// Answers what stayed here of it: `Exif (with GPS)`.
    /// async fn upload(
    ///     client: &Client,
    ///     photo: web_sys::File,
    ///     tell: impl Fn(u64, u64) + 'static,
    /// ) -> Result<Option<Vec<String>>, Error> {
    ///     let upload = client.files().upload(photo).fit(Fit::Limit).on_progress(move |progress| {
    ///         if let Progress::Uploading { loaded_bytes, total_bytes, .. } = progress {
    ///             tell(loaded_bytes, total_bytes);
    ///         }
    ///     });
    ///     Ok(upload.await?.removed)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `validation_failed` where its first bytes say that it is not taken, or it is so damaged that nobody can tell
    /// what to cut out; `file_unreadable`; what the API refuses.
    pub fn upload(&self, file: impl Into<File>) -> Upload {
        let (file, client) = (file.into(), self.client.clone());
        Upload { client, file, options: UploadOptions::default(), on_progress: OnProgress::default() }
    }

    /// What an upload would make of a file. Nothing is sent.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// /// What a page says beside a photo that was chosen.
    /// async fn remark(client: &Client, photo: web_sys::File) -> Result<String, Error> {
    ///     let report = client.files().inspect(photo).model("nano-banana-2").await?;
    ///     match report.issues.first() {
    ///         Some(issue) => Ok(issue.message.clone()),
    ///         None => Ok(format!("Stays here: {}", report.removed.join(", "))),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `file_unreadable`. What stands against an upload is among the issues.
    pub fn inspect(&self, file: impl Into<File>) -> Inspect {
        Inspect { client: self.client.clone(), file: file.into(), options: InspectOptions::default() }
    }

    /// What the API says of an uploaded file.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// async fn is_still_there(client: &Client, file_id: &str) -> Result<bool, Error> {
    ///     match client.files().retrieve(file_id).await {
    ///         Err(error) if error.code() == "not_found" => Ok(false),
    ///         file => file.map(|_| true),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `not_found` where the API knows none of this id.
    pub fn retrieve(&self, file_id: &str) -> Retrieve<UploadedFile> {
        Retrieve::new(self.client.clone(), file_id)
    }
}

/// See [`Files::upload`].
#[must_use = "a call is sent when it is awaited"]
pub struct Upload {
    client: Client,
    file: File,
    options: UploadOptions,
    on_progress: OnProgress,
}

impl Upload {
    /// What it is. Default: what its first bytes say.
    pub fn kind(mut self, kind: MediaKind) -> Self {
        self.options.looked_at.kind = Some(kind);
        self
    }

    /// Whose limits it is checked against, here and by the API. Default: the Files API's own.
    pub fn model(mut self, model: &str) -> Self {
        self.options.looked_at.model = Some(model.to_owned());
        self
    }

    /// What it is called. Default: its own name.
    pub fn name(mut self, name: &str) -> Self {
        self.options.name = Some(name.to_owned());
        self
    }

    /// An id of your own, which the API shows again.
    pub fn client_request_id(mut self, id: &str) -> Self {
        self.options.client_request_id = Some(id.to_owned());
        self
    }

    /// Whether camera, location and other metadata stay in it. Default false.
    pub fn keep_metadata(mut self, keep: bool) -> Self {
        self.options.looked_at.keep_metadata = keep;
        self
    }

    /// What becomes of an image that is too large. Default: it is refused.
    pub fn fit(mut self, fit: Fit) -> Self {
        self.options.looked_at.fit = fit;
        self
    }

    /// How long one attempt may take in all. Default: as long as bytes move; see
    /// [`super::ClientBuilder::stall`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Is told how many bytes have left: [`Progress::Uploading`].
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.on_progress.set(on_progress);
        self
    }
}

impl IntoFuture for Upload {
    type Output = Result<UploadedFile, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, file, mut options, on_progress } = self;
            options.tells_bytes = on_progress.is_set();
            let tell = |progress| on_progress.tell(progress);
            let uploaded = client.engine.upload(&file.into_blob()?, &options, &tell).await?;
            let mut file: UploadedFile = documented(&uploaded.answer)?;
            file.removed = uploaded.removed.map(|removed| removed.into_iter().map(str::to_owned).collect());
            Ok(file)
        })
    }
}

/// See [`Files::inspect`].
#[must_use = "a file is looked at when it is awaited"]
pub struct Inspect {
    client: Client,
    file: File,
    options: InspectOptions,
}

impl Inspect {
    /// What it is. Default: what its first bytes say.
    pub fn kind(mut self, kind: MediaKind) -> Self {
        self.options.kind = Some(kind);
        self
    }

    /// Whose limits it is checked against. Default: the Files API's own.
    pub fn model(mut self, model: &str) -> Self {
        self.options.model = Some(model.to_owned());
        self
    }

    /// Whether camera, location and other metadata stay in it. Default false.
    pub fn keep_metadata(mut self, keep: bool) -> Self {
        self.options.keep_metadata = keep;
        self
    }

    /// What becomes of an image that is too large. Default: it is refused.
    pub fn fit(mut self, fit: Fit) -> Self {
        self.options.fit = fit;
        self
    }
}

impl IntoFuture for Inspect {
    type Output = Result<Inspection, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, file, options } = self;
            Ok(client.engine.inspect(&file.into_blob()?, &options).await?)
        })
    }
}

impl IntoFuture for Retrieve<UploadedFile> {
    type Output = Result<UploadedFile, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let (client, id, timeout) = self.into_parts();
            documented(&client.engine.retrieve_file(&id, timeout).await?)
        })
    }
}
