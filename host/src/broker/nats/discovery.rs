//! Who is there: nodes announce themselves by the micro protocol (ADR-32),
//! and any client of it, ours included, can list them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_nats::service::ServiceExt as _;
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::service::{Serving, refused};
use super::{Connection, errors};
use crate::broker::Result;

/// The name nodes announce themselves under.
pub const NODE: &str = "pleat-node";

/// Announces a node, with what it is (`metadata`) and how it does (`stats`,
/// asked for each time), until what is returned is dropped.
///
/// The protocol ties statistics to endpoints, so there is one:
/// `pleat.node.<id>.stats` answers what `stats` says.
///
/// # Errors
///
/// `Unavailable` when the connection is gone.
pub async fn announce_node<S>(
    connection: &Connection,
    metadata: HashMap<String, String>,
    stats: S,
) -> Result<Serving>
where
    S: Fn() -> Value + Send + Sync + Clone + 'static,
{
    let for_protocol = stats.clone();
    let service = connection
        .client()
        .service_builder()
        .description("Pleat: a node that runs tasks")
        .metadata(metadata)
        .stats_handler(move |_, _| for_protocol())
        .start(NODE, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(|err| refused(NODE, err))?;
    let id = service.info().await.id;
    let mut requests = service
        .endpoint_builder()
        .name("stats")
        .add(format!("pleat.node.{id}.stats"))
        .await
        .map_err(|err| refused(NODE, err))?;
    let endpoint = tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let answer = Bytes::from(stats().to_string());
            request.respond(Ok(answer)).await.ok();
        }
    });
    let serving = Serving::new(service, vec![endpoint]);
    connection.settle().await;
    Ok(serving)
}

/// Everyone who answers to a service's name within `wait`, by id: what INFO
/// says, with the endpoints as STATS has them, `started`, and under `stats`
/// the first endpoint's data.
///
/// # Errors
///
/// `Unavailable` when the connection is gone.
pub async fn discover(connection: &Connection, name: &str, wait: Duration) -> Result<Vec<Value>> {
    let doing = "looking for services";
    let client = connection.client();
    let inbox = client.new_inbox();
    let mut answers = client
        .subscribe(inbox.clone())
        .await
        .map_err(|err| errors::failed(doing, err))?;
    for verb in ["INFO", "STATS"] {
        client
            .publish_with_reply(format!("$SRV.{verb}.{name}"), inbox.clone(), Bytes::new())
            .await
            .map_err(|err| errors::failed(doing, err))?;
    }
    let until = Instant::now() + wait;
    let mut found = BTreeMap::<String, Map<String, Value>>::new();
    let mut nobody = 0;
    while let Ok(Some(answer)) = tokio::time::timeout_at(until, answers.next()).await {
        if answer.status == Some(async_nats::StatusCode::NO_RESPONDERS) {
            nobody += 1;
            if nobody == 2 {
                break;
            }
            continue;
        }
        let Ok(Value::Object(said)) = serde_json::from_slice(&answer.payload) else {
            continue;
        };
        if let Some(id) = said.get("id").and_then(Value::as_str) {
            merge(found.entry(id.to_owned()).or_default(), said);
        }
    }
    Ok(found.into_values().map(Value::Object).collect())
}

fn merge(known: &mut Map<String, Value>, said: Map<String, Value>) {
    let kind = said.get("type").and_then(Value::as_str).unwrap_or("");
    let stats = kind.contains("stats");
    for (key, value) in said {
        match key.as_str() {
            "type" => {}
            // Both have endpoints; those of STATS say more.
            "endpoints" if stats => {
                if let Some(data) = value.pointer("/0/data") {
                    known.insert("stats".to_owned(), data.clone());
                }
                known.insert(key, value);
            }
            _ => {
                known.entry(key).or_insert(value);
            }
        }
    }
}
