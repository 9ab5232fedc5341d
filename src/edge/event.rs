//! What a delivery tells.

/// A member's place: the keys that lead to it.
pub(crate) type Place = &'static [&'static str];

/// Where an event may hold its generation, the first that has one first. Which key it is, is not documented: our
/// convention.
const GENERATION_PLACES: [Place; 4] = [&["data"], &["data", "object"], &["generation"], &["object"]];

/// What is relied on of an event; the rest reaches the receiver as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) created_at: String,
    /// Where its generation lies.
    pub(crate) generation: Option<Place>,
}

/// Reads an event; None where it is none. `text` gives the string under a key of the object at a place, if that is what
/// lies there.
pub(crate) fn read(text: &dyn Fn(Place, &str) -> Option<String>) -> Option<Event> {
    let filled = |place, key| text(place, key).filter(|text| !text.is_empty());
    let is_generation = |place: &Place| filled(place, "id").is_some() && text(place, "status").is_some();
    Some(Event {
        id: filled(&[], "id")?,
        what: filled(&[], "type")?,
        created_at: text(&[], "created_at")?,
        generation: GENERATION_PLACES.into_iter().find(is_generation),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(event: &Value) -> Option<Event> {
        super::read(&|place, key| {
            let holder = place.iter().try_fold(event, |value, key| value.get(key))?;
            holder.get(key)?.as_str().map(str::to_owned)
        })
    }

    /// An event with these members more.
    fn event(more: Value) -> Value {
        let created_at = "2026-05-11T00:00:00.000Z";
        let mut event = json!({ "id": "evt_1", "type": "generation.succeeded", "created_at": created_at });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    }

    #[test]
    fn an_event_has_its_id_type_and_time() {
        let found = read(&event(json!({ "api_version": "2026-05-11" }))).unwrap();
        assert_eq!((found.id.as_str(), found.what.as_str()), ("evt_1", "generation.succeeded"));
        assert_eq!((found.created_at.as_str(), found.generation), ("2026-05-11T00:00:00.000Z", None));
        for wrong in [
            json!({ "id": null }),
            json!({ "id": 5 }),
            json!({ "id": "" }),
            json!({ "type": ["generation.succeeded"] }),
            json!({ "type": "" }),
            json!({ "created_at": 1_778_371_200 }),
        ] {
            assert_eq!(read(&event(wrong.clone())), None, "{wrong}");
        }
        for none in [json!(null), json!([]), json!("evt_1"), json!({}), json!([{ "id": "evt_1" }])] {
            assert_eq!(read(&none), None, "{none}");
        }
    }

    #[test]
    fn the_generation_is_found_wherever_it_may_lie() {
        let generation = json!({ "id": "task_1", "status": "succeeded" });
        let other = json!({ "id": "", "status": "succeeded" });
        for (more, place) in [
            (json!({ "data": generation }), Some(&["data"][..])),
            (json!({ "data": { "object": generation } }), Some(&["data", "object"])),
            (json!({ "data": { "id": "x", "object": generation } }), Some(&["data", "object"])),
            (json!({ "generation": generation }), Some(&["generation"])),
            (json!({ "object": generation }), Some(&["object"])),
            (json!({ "data": "task_1", "object": "event", "generation": generation }), Some(&["generation"])),
            (json!({ "object": generation, "data": generation }), Some(&["data"])),
            (json!({ "data": other, "object": generation }), Some(&["object"])),
            (json!({ "data": { "id": "task_1" } }), None),
            (json!({ "data": { "status": "succeeded" } }), None),
            (json!({ "data": [generation] }), None),
            (json!({ "payload": generation }), None),
            (json!({ "status": "succeeded" }), None),
        ] {
            assert_eq!(read(&event(more.clone())).unwrap().generation, place, "{more}");
        }
    }
}
