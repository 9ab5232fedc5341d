//! What the API has, and what the account has left.

use std::future::IntoFuture;
use std::time::Duration;

use serde::Deserialize;

use super::client::Client;
use super::error::{Error, documented};
use super::fused::{Calling, fused};
use super::generation::{Credits, Model};

impl Client {
    /// The models that the API has (contract, section 4).
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// async fn image_models(client: &Client) -> Result<Vec<String>, Error> {
    ///     let models = client.models().await?;
    ///     let images = models.into_iter().filter(|each| each.category.as_deref() == Some("image"));
    ///     Ok(images.map(|each| each.id).collect())
    /// }
    /// ```
    pub fn models(&self) -> ListModels {
        ListModels { client: self.clone(), timeout: None }
    }

    /// The account's balance (contract, section 8). A proxy tells it only to callers that it allows.
    /// ```no_run
    /// # use rivya_wasm::api::{Client, Error};
    /// async fn suffices(client: &Client, credits: f64) -> Result<bool, Error> {
    ///     Ok(client.credits().await?.current_credits() >= credits)
    /// }
    /// ```
    pub fn credits(&self) -> RetrieveCredits {
        RetrieveCredits { client: self.clone(), timeout: None }
    }
}

/// See [`Client::models`].
#[must_use = "a call is sent when it is awaited"]
pub struct ListModels {
    client: Client,
    timeout: Option<Duration>,
}

impl ListModels {
    /// How long one attempt may take. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for ListModels {
    type Output = Result<Vec<Model>, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Model>,
        }
        fused(async move {
            let answer = self.client.engine.models(self.timeout).await?;
            documented::<List>(&answer).map(|list| list.data)
        })
    }
}

/// See [`Client::credits`].
#[must_use = "a call is sent when it is awaited"]
pub struct RetrieveCredits {
    client: Client,
    timeout: Option<Duration>,
}

impl RetrieveCredits {
    /// How long one attempt may take. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for RetrieveCredits {
    type Output = Result<Credits, Error>;
    type IntoFuture = Calling<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        fused(async move { documented(&self.client.engine.credits(self.timeout).await?) })
    }
}
