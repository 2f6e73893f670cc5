//! What other programs hold on to by name, as it stands in `snapshots/`: whoever changes it sees there what
//! they lose. `INSTA_UPDATE=always cargo test -p aeolian-server --test sockets surface` writes the files anew.

use std::collections::{BTreeMap, BTreeSet};

use aeolian_server::Config;
use serde_json::Value;

use crate::embedded::start;

/// The same with the members of every object in order of their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_openapi_document_is_as_it_was_published_last() {
    let server = start(Config::default()).await;
    let mut document = server.get("/api/openapi.json").await.json();
    document["info"]["version"] = "VERSION".into();
    let text = serde_json::to_string_pretty(&sorted(&document)).unwrap();
    insta::assert_snapshot!("openapi", text);
}

/// A metric's kind, its name, and the names of its labels.
fn metrics(text: &str) -> String {
    let mut lines = Vec::new();
    for family in text.split("# HELP ").skip(1) {
        let (name, kind) = family.split_once("# TYPE ").unwrap().1.split_once(' ').unwrap();
        let (kind, samples) = kind.split_once('\n').unwrap();
        let labels = samples.lines().filter_map(|line| line.split_once('{')?.1.split_once('}'));
        let labels: BTreeSet<_> = labels
            .flat_map(|(labels, _)| labels.split(','))
            .map(|label| label.split_once('=').unwrap().0)
            .collect();
        let labels: Vec<_> = labels.into_iter().collect();
        lines.push(format!("{kind} {name}{{{}}}", labels.join(",")));
    }
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn the_names_of_the_metrics_and_their_labels_are_as_they_were_published_last() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let text = server.get("/api/metrics").await;
    insta::assert_snapshot!("metrics", metrics(text.text()));
}
