//! What an uploaded file is called: some servers go by the ending of its name.

/// Endings of names, and what they stand for; the first one of a type is written where another was wrong.
const ENDINGS: [(&str, &str); 13] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("wav", "audio/wav"),
    ("ogg", "audio/ogg"),
];
/// A file of an unknown type has this one.
const UNKNOWN_ENDING: &str = "bin";
/// What a file without a name is called: the samples of the API's pages all have one.
const STEM: &str = "reference";

/// The name that a file travels under as a media type: its own, with the ending of what it is.
pub fn file_name(own: Option<&str>, media_type: &str) -> String {
    let ending = ending_of(media_type);
    let Some(own) = own else {
        return [STEM, ".", ending.unwrap_or(UNKNOWN_ENDING)].concat();
    };
    let Some((stem, written)) = own.rsplit_once('.') else { return own.to_owned() };
    let is_ending =
        !written.is_empty() && written.chars().all(|each| each == '_' || each.is_ascii_alphanumeric());
    let means =
        ENDINGS.iter().find(|(ending, _)| written.eq_ignore_ascii_case(ending)).map(|(_, means)| *means);
    match (means, ending) {
        (Some(means), Some(ending)) if is_ending && means != media_type => [stem, ".", ending].concat(),
        _ => own.to_owned(),
    }
}

fn ending_of(media_type: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(_, means)| *means == media_type).map(|(ending, _)| *ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_ends_in_what_the_file_is() {
        for (own, media_type, name) in [
            (None, "image/png", "reference.png"),
            (None, "image/jpeg", "reference.jpg"),
            (None, "", "reference.bin"),
            (None, "image/gif", "reference.bin"),
            (Some("kite.png"), "image/png", "kite.png"),
            (Some("kite.jpeg"), "image/jpeg", "kite.jpeg"),
            (Some("KITE.JPG"), "image/jpeg", "KITE.JPG"),
            (Some("kite.jpg"), "image/webp", "kite.webp"),
            (Some("kite.PNG"), "image/jpeg", "kite.jpg"),
            (Some("kite.2026.png"), "image/webp", "kite.2026.webp"),
            // An ending that nobody knows is left alone, and so is one of a type without an ending.
            (Some("kite.heif"), "image/png", "kite.heif"),
            (Some("kite.png"), "image/gif", "kite.png"),
            (Some("kite"), "image/png", "kite"),
            (Some("kite."), "image/png", "kite."),
            (Some("kite.png "), "image/webp", "kite.png "),
            (Some(".png"), "image/webp", ".webp"),
            (Some("film.mp4"), "video/quicktime", "film.mov"),
            (Some("sound.mp4"), "audio/mp4", "sound.m4a"),
        ] {
            assert_eq!(file_name(own, media_type), name, "{own:?} as {media_type}");
        }
    }

    proptest! {
        #[test]
        fn no_name_breaks_it(own in ".*", media_type in ".*") {
            file_name(Some(&own), &media_type);
        }

        #[test]
        fn a_name_that_was_made_is_made_no_more(own in "[a-z.]{0,12}", at in 0..ENDINGS.len()) {
            let (_, media_type) = ENDINGS[at];
            let once = file_name(Some(&own), media_type);
            prop_assert_eq!(&file_name(Some(&once), media_type), &once);
        }
    }
}
