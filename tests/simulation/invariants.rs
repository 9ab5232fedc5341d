//! What must hold after each run, whatever has happened in it.

use std::collections::{BTreeMap, BTreeSet};

use rivya_wasm::emulator::settings::Habit;

use super::calls::{Kind, Made};
use super::executor::Owner;
use super::log::{Get, Log, Post};
use super::scenario::Run;
use super::server::{ACCOUNTS, LIFETIME_MS};

/// Two polls of one loop are never closer.
const MIN_GAP_MS: f64 = 2_000.0;
/// What a wait may take beyond its limit: its first poll is begun in any case, behind one attempt of another call, and
/// the store has 2 s for each answer.
const SLACK_MS: f64 = 45_000.0;

pub fn check(run: &mut Run) {
    polls_keep_their_distance(run);
    each_key_is_sent_with_one_body(run);
    it_is_stored_before_it_is_sent(run);
    nothing_is_sent_once_its_id_is_known(run);
    nothing_is_sent_again_after_a_day(run);
    nobody_is_charged_twice(run);
    what_was_stored_is_delivered(run);
    what_was_delivered_is_kept_for_a_day(run);
    what_is_lost_stays_in_the_journal(run);
    a_charge_is_announced_by_whoever_may_have_made_it(run);
    every_call_ends_within_its_limit(run);
    accounts_are_apart(run);
    garbage_is_left_alone_and_never_sent(run);
    calls_that_must_not_wake_each_other_dont(run);
    nothing_is_left_running(run);
}

fn polls_keep_their_distance(run: &Run) {
    let log = run.server.log.borrow();
    let mut by_call: BTreeMap<(Owner, &str), Vec<&Get>> = BTreeMap::new();
    let mut callers: BTreeMap<(u64, &str), BTreeSet<u64>> = BTreeMap::new();
    let mut by_tab: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for get in &log.gets {
        by_call.entry((get.owner, &get.id)).or_default().push(get);
        callers.entry((get.owner.tab, &get.id)).or_default().insert(get.owner.call);
        by_tab.entry(get.owner.tab).or_default().push(get.sent_ms);
    }
    for ((owner, id), mut polls) in by_call {
        // Calls that come one after the other have loops of their own.
        if callers[&(owner.tab, id)].len() > 1 {
            continue;
        }
        polls.sort_by(|one, other| one.sent_ms.total_cmp(&other.sent_ms));
        for pair in polls.windows(2) {
            let gap_ms = pair[1].sent_ms - pair[0].ended_ms;
            // Only repeats of a poll that has failed follow their backoff instead.
            assert!(pair[0].has_failed || gap_ms >= MIN_GAP_MS - 0.01, "{id} is polled too often: {pair:?}");
        }
    }
    for mut sent in by_tab.into_values() {
        sent.sort_by(f64::total_cmp);
        for polls in sent.windows(6) {
            // A timer ends up to a millisecond after its time, and not before.
            assert!(polls[5] - polls[0] >= 999.0, "more than five polls a second: {polls:?}");
        }
    }
}

fn each_key_is_sent_with_one_body(run: &Run) {
    for (key, posts) in &run.server.log.borrow().posts {
        assert!(posts.iter().all(|post| post.body == posts[0].body), "{key} is sent with several bodies");
    }
}

fn it_is_stored_before_it_is_sent(run: &Run) {
    if run.browser.features.has_store && run.is_store_sound {
        for (key, posts) in &run.server.log.borrow().posts {
            let was_stored = posts[0].was_stored || !is_left_alone(run, key);
            assert!(was_stored, "{key} is sent before it is stored");
        }
    }
}

fn nothing_is_sent_once_its_id_is_known(run: &Run) {
    let log = run.server.log.borrow();
    // Of a store that does not answer nobody learns the id: the submission is repeated, under its key.
    if run.browser.features.has_locks && run.is_store_sound {
        // One that was forgotten while it ran may be begun anew, and then is noted by whoever ran first.
        let in_vain: Vec<_> = log.sent_in_vain.iter().filter(|key| !run.forgotten.contains(*key)).collect();
        assert!(in_vain.is_empty(), "sent though the id is known: {in_vain:?}");
    }
}

fn nothing_is_sent_again_after_a_day(run: &Run) {
    // Where the store fails to say when an entry was begun, nobody knows.
    if run.is_store_sound {
        let log = run.server.log.borrow();
        let too_late: Vec<_> = log.sent_too_late.iter().filter(|key| is_left_alone(run, key)).collect();
        assert!(too_late.is_empty(), "sent again after a day: {too_late:?}");
    }
}

fn charges(run: &Run) -> BTreeMap<String, usize> {
    let mut charges = BTreeMap::new();
    for (key, _) in run.server.charges() {
        *charges.entry(key).or_default() += 1;
    }
    charges
}

fn nobody_is_charged_twice(run: &Run) {
    for (key, times) in charges(run) {
        assert!(times == 1 || run.habit == Habit::Ignored, "{key} is charged {times} times");
    }
}

/// Whether a call has told what became of the generation.
fn has_delivered(call: &Made) -> bool {
    has_succeeded(call) || call.failure().is_some_and(|failure| failure.code == "generation_failed")
}

/// The keys of which some call has told what became of them.
fn delivered(run: &Run) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let (log, charges) = (run.server.log.borrow(), run.server.charges());
    for call in run.calls.iter().filter(|call| has_delivered(call)) {
        match &call.kind {
            Kind::Resume { key, .. } | Kind::GenerateUnder { key } => drop(keys.insert(key.clone())),
            Kind::Generate | Kind::Create => keys.extend(keys_of(call, &log)),
            // Whoever waits by the id is handed the result of its entry, too.
            Kind::Wait { id } | Kind::ResumeId { id } | Kind::Watch { id, .. } => {
                keys.extend(charges.iter().filter(|(_, other)| other == id).map(|(key, _)| key.clone()));
            }
            Kind::Forget { .. } | Kind::Upload | Kind::Inspect | Kind::Download { .. } => {}
        }
    }
    keys
}

/// The keys that a call has sent.
fn keys_of(call: &Made, log: &Log) -> Vec<String> {
    let is_sent = |posts: &[Post]| posts.iter().any(|post| post.owner == call.owner);
    log.posts.iter().filter(|(_, posts)| is_sent(posts)).map(|(key, _)| key.clone()).collect()
}

/// Whether nobody has interfered with the entry of a key.
fn is_left_alone(run: &Run, key: &str) -> bool {
    !run.forgotten.contains(key) && !run.garbage.has_damaged(key)
}

fn what_was_stored_is_delivered(run: &Run) {
    if !run.browser.features.has_locks || matches!(run.habit, Habit::Conflict | Habit::Ignored) {
        return;
    }
    let (delivered, charges) = (delivered(run), charges(run));
    for (key, posts) in &run.server.log.borrow().posts {
        if charges.contains_key(key) && posts[0].was_stored && is_left_alone(run, key) {
            let is_told = delivered.contains(key) || is_expired(run, key) || is_told_as_lost(run, key);
            assert!(is_told, "{key} was charged, and nobody was told");
        }
    }
}

fn what_was_delivered_is_kept_for_a_day(run: &Run) {
    // Where the API begins a task for each repeat, one key may have a failure and a result.
    let is_kept = run.browser.features.has_store && run.is_store_sound && run.habit != Habit::Ignored;
    if !is_kept || run.executor.true_ms() > LIFETIME_MS {
        return;
    }
    let log = run.server.log.borrow();
    for call in run.calls.iter().filter(|call| call.kind == Kind::Generate && has_succeeded(call)) {
        for key in keys_of(call, &log).iter().filter(|key| is_left_alone(run, key)) {
            assert!(run.server.entry_of(key).is_some(), "{key} is forgotten on the day of its delivery");
        }
    }
}

fn has_succeeded(call: &Made) -> bool {
    call.result().is_some_and(|result| result.is_ok())
}

/// What one account has begun no other one goes on with.
fn accounts_are_apart(run: &Run) {
    for (key, posts) in &run.server.log.borrow().posts {
        let accounts: BTreeSet<_> = posts.iter().map(|post| run.account_of_tab[&post.owner.tab]).collect();
        assert_eq!(accounts.len(), 1, "{key} is sent for several accounts");
        for post in posts {
            assert_eq!(post.api_key, ACCOUNTS[run.account_of_tab[&post.owner.tab]].key);
        }
    }
    for call in &run.calls {
        let Kind::Resume { key, .. } = &call.kind else { continue };
        let log = run.server.log.borrow();
        let Some(post) = log.posts.get(key).and_then(|posts| posts.first()) else { continue };
        if run.account_of_tab[&post.owner.tab] != run.account_of_tab[&call.owner.tab] {
            run.tally.count("accounts: resumed another's");
            assert!(!has_succeeded(call), "{key} of another account was taken up");
        }
    }
}

fn garbage_is_left_alone_and_never_sent(run: &Run) {
    run.garbage.check(&run.browser);
    for key in run.server.log.borrow().posts.keys() {
        assert!(!run.garbage.is_refuse(key), "garbage is sent: {key}");
    }
    for call in &run.calls {
        let Kind::Resume { key, .. } = &call.kind else { continue };
        if run.garbage.is_refuse(key) && !call.was_dropped {
            run.tally.count("garbage: resumed");
            let failure = call.failure().expect("garbage is not taken up");
            assert_eq!(failure.code, "not_found", "{failure:?}");
        }
    }
}

/// Whether the API knows the generation of a key no more, and whoever took it up was told so.
fn is_told_as_lost(run: &Run, key: &str) -> bool {
    let lost = run.server.lost.borrow();
    let is_lost = run.server.charges().iter().any(|(other, id)| other == key && lost.contains(id));
    is_lost
        && run.calls.iter().any(|call| {
            let is_its = matches!(&call.kind, Kind::Resume { key: other, .. } if other == key);
            // By the API: another account's page is told so of its own journal.
            is_its && call.failure().is_some_and(|failure| failure.status == Some(404))
        })
}

/// What the API knows no more stays in the journal as lost until its caller forgets it: nobody else can tell what
/// became of the credits.
fn what_is_lost_stays_in_the_journal(run: &Run) {
    if !run.browser.features.has_store || !run.is_store_sound || run.executor.true_ms() > LIFETIME_MS {
        return;
    }
    let delivered = delivered(run);
    for (key, _) in run.server.charges().iter().filter(|(_, id)| run.server.lost.borrow().contains(id)) {
        // One whose end some call has seen before is that call's.
        if is_told_as_lost(run, key) && is_left_alone(run, key) && !delivered.contains(key) {
            run.tally.count("journal: a lost entry");
            let state = run.server.entry_of(key).map(|entry| entry["state"].clone());
            assert_eq!(state, Some("lost".into()), "{key} is lost");
        }
    }
}

/// Whether a page was told that a submission is too old to be sent again, and may have been charged.
fn is_expired(run: &Run, key: &str) -> bool {
    run.executor.true_ms() > LIFETIME_MS
        && run.calls.iter().any(|call| match call.ended.borrow().as_ref().map(|ended| &ended.result) {
            Some(Err(failure)) => {
                failure.code == "resume_expired"
                    && failure.may_have_been_charged
                    && failure.idempotency_key.as_deref() == Some(key)
            }
            _ => false,
        })
}

/// A failure that knows of no generation says that there may be one.
fn a_charge_is_announced_by_whoever_may_have_made_it(run: &Run) {
    let charges = charges(run);
    let log = run.server.log.borrow();
    for call in &run.calls {
        let ended = call.ended.borrow();
        let Some(Err(failure)) = ended.as_ref().map(|ended| &ended.result) else { continue };
        for (key, posts) in &log.posts {
            if charges.contains_key(key) && posts.iter().any(|post| post.owner == call.owner) {
                let is_announced = failure.may_have_been_charged || failure.generation.is_some();
                assert!(is_announced, "{key} was charged, and the call says nothing of it: {failure:?}");
                let told = failure.idempotency_key.as_ref();
                assert_eq!(told, Some(key), "a failure names the key to resume with");
            }
        }
    }
}

fn every_call_ends_within_its_limit(run: &Run) {
    for call in &run.calls {
        let ended = call.ended.borrow();
        let Some(ended) = &*ended else {
            assert!(call.was_dropped, "a call never came to its end: {call:?}");
            continue;
        };
        // Before a submission files take the time that they need.
        let began_ms =
            if call.asked.files.is_empty() { Some(call.began_ms) } else { call.submitting_ms.get() };
        if let (Some(limit_ms), Some(began_ms)) = (call.limit_ms, began_ms) {
            let took_ms = ended.at_ms - began_ms;
            assert!(
                took_ms <= limit_ms + SLACK_MS,
                "a call took {took_ms} ms with a limit of {limit_ms}: {call:?}"
            );
        }
    }
}

fn calls_that_must_not_wake_each_other_dont(run: &Run) {
    let foreign = run.executor.take_foreign_wakes();
    if run.browser.features.separates_calls {
        assert!(foreign.is_empty(), "calls were woken by others: {foreign:?}");
    }
}

fn nothing_is_left_running(run: &mut Run) {
    run.close();
    assert_eq!(run.executor.owners(), [], "tasks are left");
    assert!(!run.executor.has_timers(), "timers are left");
    assert_eq!(run.server.in_flight.get(), 0, "requests are left");
    assert!(run.browser.hosts.wire.is_left(), "somebody still receives a result");
    assert!(run.browser.locks.are_free(), "locks are left");
}
