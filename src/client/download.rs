//! The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers.

use std::cell::Cell;
use std::time::Duration;

use super::core::Core;
use super::failure::Failure;
use super::receive::{OnBytes, receive, within};
use super::result_place::{Fetcher, Hop, checked_urls, route_of};
use super::result_verdict::{Attempted, Miss, Refusal};
use crate::futures::batch::try_all;
use crate::platform::{Platform, ResultRequest, ResultSource};

/// Results of one call that are received at once.
const MAX_CONCURRENT: usize = 4;

/// Options of [`super::Engine::download`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// How long one attempt at one result may take, its redirects included. Default: as long as bytes come.
    pub timeout: Option<Duration>,
}

/// How much of all results of a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadProgress {
    /// Bytes that have come.
    pub loaded_bytes: u64,
    /// Bytes in all; `None` while the size of a result is unknown.
    pub total_bytes: Option<u64>,
}

/// Who is told of a download's progress. It may call the client again, but must not panic.
pub type OnDownload<'a> = &'a dyn Fn(DownloadProgress);

type Downloaded<P, T> = Result<T, Failure<<P as Platform>::Answer>>;

/// The results in the order of their URLs. The first failure ends the others.
pub(crate) async fn download<P: Platform>(
    core: &Core<P>,
    id: &str,
    urls: &[String],
    options: &DownloadOptions,
    on_progress: OnDownload<'_>,
) -> Downloaded<P, Vec<P::Blob>> {
    checked_urls(urls)?;
    let fetcher = Fetcher::new(&*core.platform, &core.settings);
    // All of them before the first is fetched.
    let place_of =
        |(index, url): (usize, &String)| fetcher.place_of(url, Hop { index, redirects: 0, base: None });
    let places: Vec<String> = urls.iter().enumerate().map(place_of).collect::<Result<_, _>>()?;
    // Their sizes are unknown until the first answers.
    let parts: Vec<Cell<(u64, Option<u64>)>> = places.iter().map(|_| Cell::new((0, None))).collect();
    let (fetcher, all_parts) = (&fetcher, &parts);
    let downloads = places.into_iter().zip(&parts).enumerate().map(|(index, (url, part))| async move {
        let on_bytes = |loaded_bytes, total_bytes| {
            part.set((loaded_bytes, total_bytes));
            on_progress(sum_of(all_parts));
        };
        let route = route_of(&core.settings, id, index);
        let result =
            Wanted { core, fetcher, url, index, route, timeout: options.timeout, on_bytes: &on_bytes };
        result.attempts().await
    });
    try_all(MAX_CONCURRENT, downloads).await
}

fn sum_of(parts: &[Cell<(u64, Option<u64>)>]) -> DownloadProgress {
    let begun = DownloadProgress { loaded_bytes: 0, total_bytes: Some(0) };
    parts.iter().map(Cell::get).fold(begun, |sum, (loaded_bytes, total_bytes)| DownloadProgress {
        loaded_bytes: sum.loaded_bytes.saturating_add(loaded_bytes),
        total_bytes: sum.total_bytes.zip(total_bytes).map(|(sum, bytes)| sum.saturating_add(bytes)),
    })
}

/// One result that is asked for.
struct Wanted<'a, P: Platform> {
    core: &'a Core<P>,
    fetcher: &'a Fetcher<'a, P>,
    /// Where it lies.
    url: String,
    /// Of `result.urls`.
    index: usize,
    /// The proxy's route to it, where there may be one.
    route: Option<String>,
    timeout: Option<Duration>,
    on_bytes: OnBytes<'a>,
}

impl<P: Platform> Wanted<'_, P> {
    /// Attempts until the result is there.
    async fn attempts(&self) -> Downloaded<P, P::Blob> {
        let Core { platform, settings, .. } = self.core;
        let mut attempts: u32 = 1;
        loop {
            let miss = match self.attempt().await {
                Ok(blob) => return Ok(blob),
                Err(miss) => miss,
            };
            let (failure, delay_ms) = miss.judge(&Attempted {
                attempts,
                max_retries: settings.max_retries,
                max_bytes: settings.max_result_bytes,
                is_offline: platform.is_offline(),
                now_ms: platform.wall_ms(),
                date_ms: &|text| platform.date_ms(text),
                random: platform.random(),
            });
            let Some(delay_ms) = delay_ms else { return Err(failure) };
            self.core.sleep(delay_ms).await;
            attempts = attempts.saturating_add(1);
        }
    }

    /// Asks where it lies, and where nothing came from there, the proxy's route.
    async fn attempt(&self) -> Result<P::Blob, Miss<P::Answer>> {
        let miss = match self.in_time(self.where_it_lies()).await {
            Ok(blob) => return Ok(blob),
            Err(miss) => miss,
        };
        let Some(route) = self.route.as_ref().filter(|_| miss.is_unanswered()) else { return Err(miss) };
        // Asked like the API, but its answer may be anything.
        let headers = self.core.settings.headers.iter();
        let headers = headers.filter(|(name, _)| !name.eq_ignore_ascii_case("accept")).cloned().collect();
        let request = ResultRequest { url: route.clone(), from: ResultSource::Proxy { headers } };
        match self.in_time(receive(self.core, request, self.on_bytes)).await {
            // A route that is missing answers, too: then the first failure counts, which may pass.
            Err(proxied) if !proxied.is_heeded() => Err(miss),
            proxied => proxied,
        }
    }

    /// An attempt within the time that the caller gives it.
    async fn in_time(
        &self,
        attempt: impl Future<Output = Result<P::Blob, Miss<P::Answer>>>,
    ) -> Result<P::Blob, Miss<P::Answer>> {
        within(self.core, self.timeout, attempt).await
    }

    /// Asks its own host, and follows redirects. In a page the browser does, which tells nobody where they lead: mixed
    /// content and CORS hold for each hop.
    async fn where_it_lies(&self) -> Result<P::Blob, Miss<P::Answer>> {
        let follows_redirects = self.core.settings.is_page;
        let mut url = self.url.clone();
        let mut redirects: u32 = 0;
        loop {
            let request = ResultRequest { url: url.clone(), from: ResultSource::Host { follows_redirects } };
            let location = match receive(self.core, request, self.on_bytes).await {
                Err(Miss::Refused(Refusal { location: Some(location), .. })) if !follows_redirects => {
                    location
                }
                received => return received,
            };
            redirects = redirects.saturating_add(1);
            let hop = Hop { index: self.index, redirects, base: Some(&url) };
            url = self.fetcher.place_of(&location, hop).map_err(Miss::Misled)?;
        }
    }
}
