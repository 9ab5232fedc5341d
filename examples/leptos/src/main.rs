//! A page that makes pictures of a prompt and photos. It says how far each is, and after a reload goes on where it was.

use leptos::{ev::SubmitEvent, html::Input, prelude::*, task::spawn_local};
use rivya_wasm::api::{Client, Error, GenerateRequest, Generation, Progress};
use web_sys::{File, HtmlInputElement, Url};

type Made = Result<Generation, Error>;

/// What the page shows.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// How far it is, or why there is no picture.
    words: RwSignal<String>,
    /// What was made in this visit, latest first.
    pictures: RwSignal<Vec<Picture>>,
    is_busy: RwSignal<bool>,
}

#[derive(Clone)]
struct Picture {
    prompt: String,
    url: String,
}

impl Shown {
    fn tell(self, progress: Progress) {
        self.words.set(match progress {
            Progress::Uploading { file, files, loaded_bytes, total_bytes, .. } => {
                let percent = 100 * loaded_bytes / total_bytes.max(1);
                format!("Uploading photo {} of {files}: {percent} %", file + 1)
            }
            Progress::Submitting => "Sending…".to_owned(),
            Progress::Queued(_) => "Queued…".to_owned(),
            Progress::Processing(seen) => format!("Painting for {} s…", seen.elapsed.as_secs()),
            Progress::Offline { .. } => "Waiting for the network…".to_owned(),
            _ => return,
        });
    }

    /// Runs one call to its pictures. What may have been paid for stays pending: the next visit goes on with it.
    async fn run(self, client: &Client, prompt: &str, call: impl IntoFuture<Output = Made>) {
        self.is_busy.set(true);
        let made = async { client.download(&call.await?).await };
        match made.await {
            Ok(blobs) => {
                let urls = blobs.iter().filter_map(|blob| Url::create_object_url_with_blob(blob).ok());
                let pictures = urls.map(|url| Picture { prompt: prompt.to_owned(), url });
                self.pictures.update(|shown| shown.splice(0..0, pictures).for_each(drop));
                self.words.set("Done.".to_owned());
            }
            Err(error) if error.may_have_been_charged() => {
                self.words.set(format!("{error} It may be paid for: reload the page to go on with it."));
            }
            Err(error) => self.words.set(error.to_string()),
        }
        self.is_busy.set(false);
    }
}

fn files_of(input: Option<HtmlInputElement>) -> Vec<File> {
    let files = input.and_then(|input| input.files());
    files.map_or_else(Vec::new, |files| (0..files.length()).filter_map(|at| files.get(at)).collect())
}

#[component]
fn Page(client: Client) -> impl IntoView {
    let shown = Shown::default();
    let (prompt, photos) = (RwSignal::<String>::default(), NodeRef::<Input>::new());

    // What an earlier visit has sent, nobody has seen yet, and no other tab is at.
    let earlier = client.clone();
    spawn_local(async move {
        let pending = earlier.pending().await.unwrap_or_default();
        for left in pending.iter().filter(|left| !left.is_active) {
            let call = earlier.resume(left).on_progress(move |progress| shown.tell(progress));
            shown.run(&earlier, left.prompt.as_deref().unwrap_or_default(), call).await;
        }
    });

    // Calls are not `Send`, as nothing is that touches JavaScript: hence `new_local` and `LocalResource`.
    let asked = client.clone();
    let credits = LocalResource::new(move || {
        shown.pictures.track();
        asked.credits().into_future()
    });
    let paint = Action::new_local(move |(prompt, photos): &(String, Vec<File>)| {
        let (client, prompt) = (client.clone(), prompt.clone());
        let request = GenerateRequest::new("nano-banana-2").prompt(&prompt).references(photos.clone());
        let call = client.generate(request).on_progress(move |progress| shown.tell(progress));
        async move { shown.run(&client, &prompt, call).await }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        paint.dispatch_local((prompt.get_untracked(), files_of(photos.get_untracked())));
    };
    let left = move || Some(format!("{} credits left", credits.get()?.ok()?.current_credits()));

    view! {
        <main>
            <h1>"Paint a picture"</h1>
            <form on:submit=submit>
                <label>"What shall it show?" <textarea required rows="3" bind:value=prompt></textarea></label>
                <label>"Photos to go by" <input type="file" accept="image/*" multiple node_ref=photos /></label>
                <button disabled=shown.is_busy>"Paint"</button>
            </form>
            <p role="status">{shown.words}</p>
            <small>{left}</small>
            <For each=move || shown.pictures.get() key=|picture| picture.url.clone() let(picture)>
                <img src=picture.url alt=picture.prompt />
            </For>
        </main>
    }
}

fn main() {
    match Client::builder().build() {
        Ok(client) => leptos::mount::mount_to_body(move || view! { <Page client=client /> }),
        Err(error) => leptos::mount::mount_to_body(move || error.to_string()),
    }
}
