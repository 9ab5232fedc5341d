//! `cargo run -- "A lighthouse" aspect_ratio=16:9`: what stands against this request, or when its generation would be
//! polled.

use rivya_wasm::contract::validation::Severity;
use rivya_wasm_native_example::{MODEL, planned_polls, problems};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let prompt = arguments.first().map_or("", String::as_str);
    let params: Vec<_> = arguments.iter().skip(1).filter_map(|argument| argument.split_once('=')).collect();

    let found = problems(prompt, &params);
    for issue in &found {
        println!("{}: {} {}", issue.severity.as_str(), issue.path, issue.message);
    }
    if found.iter().any(|issue| issue.severity == Severity::Error) {
        return ExitCode::FAILURE;
    }
    println!("{MODEL} would take it. Polls, in seconds from the submission:");
    for poll in planned_polls(&[]).iter().take(8) {
        println!("{:6.1}", poll.as_secs_f64());
    }
    ExitCode::SUCCESS
}
