//! The bytes of results.

use std::future::IntoFuture;
use std::time::Duration;

use web_sys::Blob;

use super::callback::Callback;
use super::client::Client;
use super::error::Error;
use super::fused::{Calling, fused};
use super::generation::Generation;
use crate::client::DownloadOptions;

pub use crate::client::DownloadProgress;

impl Client {
    /// Receives the results of a generation from where they lie, four at a time; they come in the order of
    /// [`Generation::urls`]. A page may not read every host: then its proxy's results route is asked.
    ///
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error, Generation};
    /// async fn show(client: &Client, generation: &Generation) -> Result<(), Error> {
    ///     for picture in client.download(generation).await? {
    ///         let url = web_sys::Url::create_object_url_with_blob(&picture);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid_option` where the generation has no result; `invalid_response` for a URL that is not fetched, before
    /// anything is, and for what is no picture, film or sound, or longer than
    /// [`max_result_bytes`](super::ClientBuilder::max_result_bytes); `not_found` where a result is there no more;
    /// `network_error`; `timeout`. The first one ends all.
    pub fn download(&self, generation: &Generation) -> Download {
        Download {
            client: self.clone(),
            id: generation.id.clone(),
            urls: generation.urls(),
            options: DownloadOptions::default(),
            on_progress: Callback::default(),
        }
    }
}

/// See [`Client::download`].
#[must_use = "a call is sent when it is awaited"]
pub struct Download {
    client: Client,
    id: String,
    urls: Vec<String>,
    options: DownloadOptions,
    on_progress: Callback<DownloadProgress>,
}

impl Download {
    /// How long one attempt at one result may take, its redirects included. Default: as long as bytes come.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Is told how much has come.
    pub fn on_progress(mut self, on_progress: impl FnMut(DownloadProgress) + 'static) -> Self {
        self.on_progress.set(on_progress);
        self
    }
}

impl IntoFuture for Download {
    type Output = Result<Vec<Blob>, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move {
            let Self { client, id, urls, options, on_progress } = self;
            let tell = |progress| on_progress.tell(progress);
            let files = client.engine.download(&id, &urls, &options, &tell).await?;
            Ok(files.iter().map(|file| file.as_blob().clone()).collect())
        })
    }
}
