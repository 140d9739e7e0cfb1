//! What every broker promises, held against both of them; then what only the
//! one on NATS can be asked: servers that vanish, are full, too old, or none.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::{join_all, try_join_all};
use futures::{Stream, StreamExt};
use pleat::broker::memory::Memory;
use pleat::broker::nats::service::{self, ApiError};
use pleat::broker::nats::{Connection, Nats, Options, discovery};
use pleat::broker::{Broker, Delivery, ErrorKind, RecordKind, Won};
use pleat_core::digest::{Digest, JobId, Lane, TaskId};

use crate::support::nats_server::{NatsServer, free_port, pretend_server};

const SOON: Duration = Duration::from_secs(10);
const INSTANT: Duration = Duration::from_millis(50);

fn job(name: &str) -> JobId {
    name.parse().unwrap()
}

fn task(n: usize) -> TaskId {
    format!("t{n}").parse().unwrap()
}

fn lane(name: &str) -> Lane {
    name.parse().unwrap()
}

/// The next item, which must come soon.
async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    tokio::time::timeout(SOON, stream.next())
        .await
        .expect("an item in time")
        .expect("an item before the end")
}

/// Waits for what is to become true.
async fn eventually<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    let until = Instant::now() + SOON;
    while !check().await {
        assert!(Instant::now() < until, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Everything one pull brings.
async fn drain<B: Broker>(
    broker: &B,
    lane: &Lane,
    max: usize,
    expires: Duration,
) -> Vec<B::Delivery> {
    let pulled = broker.pull(lane, max, expires).await.unwrap();
    let all = pulled.map(|delivery| delivery.unwrap()).collect();
    tokio::time::timeout(expires + SOON, all)
        .await
        .expect("a pull ends")
}

/// One task, which must come soon.
async fn one<B: Broker>(broker: &B, lane: &Lane) -> B::Delivery {
    let mut pulled = drain(broker, lane, 1, SOON).await;
    pulled.pop().expect("a task")
}

#[tokio::test]
async fn memory_keeps_what_every_broker_promises() {
    let broker = Memory::new();
    suite(async || broker.clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_keeps_what_every_broker_promises() {
    let server = NatsServer::start();
    suite(async || connect(&server).await).await;
}

/// `make` gives one more view of the same fabric each time.
async fn suite<B: Broker>(make: impl AsyncFn() -> B) {
    let (a, b) = (make().await, make().await);
    records_change_by_compare_and_swap(&a, &b).await;
    records_are_watched_from_the_first(&a, &b).await;
    jobs_are_listed_oldest_first(&a, &b).await;
    lanes_open_once_and_for_all(&a, &b).await;
    tasks_are_queued_once(&a, &b).await;
    tasks_come_back_until_acknowledged(&a, &b).await;
    pulls_end_when_full_or_expired(&a, &b).await;
    lanes_are_apart(&a, &b).await;
    the_first_result_wins(&a, &b).await;
    no_result_is_left_out(&a, &b).await;
    blobs_are_what_their_name_says(&a, &b).await;
    events_reach_who_listens(&a, &b).await;
    purging_removes_tasks_and_results_only(&a, &b).await;
    many_workers_share_a_lane(&a, &b).await;
}

async fn records_change_by_compare_and_swap<B: Broker>(a: &B, b: &B) {
    let id = job("cas");
    assert!(a.record(&id, RecordKind::Owner).await.unwrap().is_none());
    let stale = a
        .put_record(&id, RecordKind::Owner, "x".into(), Some(7))
        .await;
    assert_eq!(stale.unwrap(), Won::No);
    let Won::Yes(first) = a
        .put_record(&id, RecordKind::Owner, "a".into(), None)
        .await
        .unwrap()
    else {
        panic!("nothing was there");
    };
    let again = b.put_record(&id, RecordKind::Owner, "b".into(), None).await;
    assert_eq!(again.unwrap(), Won::No);
    let seen = b.record(&id, RecordKind::Owner).await.unwrap().unwrap();
    assert_eq!((seen.bytes.as_ref(), seen.revision), (&b"a"[..], first));

    let race = join_all((0..8).map(|n| {
        let broker = if n % 2 == 0 { a } else { b };
        broker.put_record(&id, RecordKind::Owner, format!("{n}").into(), Some(first))
    }))
    .await;
    let won: Vec<_> = race
        .into_iter()
        .map(Result::unwrap)
        .filter_map(|won| match won {
            Won::Yes(revision) => Some(revision),
            Won::No => None,
        })
        .collect();
    assert_eq!(won.len(), 1, "one of eight renewals wins");
    assert!(won[0] > first);
    let seen = a.record(&id, RecordKind::Owner).await.unwrap().unwrap();
    assert_eq!(seen.revision, won[0]);
    assert!(a.record(&id, RecordKind::Done).await.unwrap().is_none());
}

async fn records_are_watched_from_the_first<B: Broker>(a: &B, b: &B) {
    let id = job("watched");
    a.put_record(&id, RecordKind::Spec, "spec".into(), None)
        .await
        .unwrap();
    let mut changes = b.watch_records().await.unwrap();
    let mut mine = async |kind: RecordKind| loop {
        let change = next(&mut changes).await;
        if change.job == id && change.kind == kind {
            return change.record;
        }
    };
    assert_eq!(mine(RecordKind::Spec).await.bytes, "spec");
    let mut expected = None;
    for n in 0..3 {
        let bytes = Bytes::from(format!("lease {n}"));
        let Won::Yes(revision) = a
            .put_record(&id, RecordKind::Owner, bytes.clone(), expected)
            .await
            .unwrap()
        else {
            panic!("nobody else writes");
        };
        expected = Some(revision);
        let seen = mine(RecordKind::Owner).await;
        assert_eq!((seen.bytes, seen.revision), (bytes, revision));
    }
    a.put_record(&id, RecordKind::Cancel, Bytes::new(), None)
        .await
        .unwrap();
    assert!(mine(RecordKind::Cancel).await.bytes.is_empty());
}

async fn jobs_are_listed_oldest_first<B: Broker>(a: &B, b: &B) {
    for name in ["z-first", "m-second", "a-third"] {
        a.put_record(&job(name), RecordKind::Spec, "s".into(), None)
            .await
            .unwrap();
    }
    // No spec, so no job.
    a.put_record(&job("no-spec"), RecordKind::Owner, "o".into(), None)
        .await
        .unwrap();
    let listed: Vec<_> = b.jobs().await.unwrap();
    let listed: Vec<_> = listed.iter().map(JobId::as_str).collect();
    assert_eq!(
        listed[listed.len() - 3..],
        ["z-first", "m-second", "a-third"]
    );
    assert!(!listed.contains(&"no-spec"));
}

async fn lanes_open_once_and_for_all<B: Broker>(a: &B, b: &B) {
    let lane = lane("opening");
    for broker in [a, b] {
        let closed = broker.pull(&lane, 1, INSTANT).await.err().expect("closed");
        assert_eq!(closed.kind, ErrorKind::Unavailable, "{closed}");
    }
    // Queued before anyone may pull, and there once they may.
    let id = job("early");
    assert!(matches!(
        a.put_task(&lane, &id, &task(0), "t".into()).await.unwrap(),
        Won::Yes(_)
    ));
    let (one_opens, other_opens) = tokio::join!(a.open_lane(&lane), b.open_lane(&lane));
    one_opens.unwrap();
    other_opens.unwrap();
    a.open_lane(&lane).await.unwrap();
    one(b, &lane).await.ack().await.unwrap();
}

async fn tasks_are_queued_once<B: Broker>(a: &B, b: &B) {
    let (lane, id) = (lane("once"), job("once"));
    a.open_lane(&lane).await.unwrap();
    let put = |broker: &B, payload: &'static str| {
        let (broker, lane, id) = (broker.clone(), lane.clone(), id.clone());
        async move {
            broker
                .put_task(&lane, &id, &task(1), payload.into())
                .await
                .unwrap()
        }
    };
    assert!(matches!(put(a, "first").await, Won::Yes(_)));
    assert_eq!(put(b, "second").await, Won::No);
    let taken = one(b, &lane).await;
    assert_eq!(taken.payload(), "first");
    assert_eq!(
        (taken.job(), taken.task(), taken.delivered()),
        (&id, &task(1), 1)
    );
    assert_eq!(put(a, "third").await, Won::No, "in hand is still queued");
    taken.progress().await.unwrap();
    taken.ack().await.unwrap();
    // Acks are sent, not awaited.
    eventually("an acknowledged task can be queued again", || async {
        matches!(put(a, "fourth").await, Won::Yes(_))
    })
    .await;
    let taken = one(a, &lane).await;
    assert_eq!(
        (taken.payload().as_ref(), taken.delivered()),
        (&b"fourth"[..], 1)
    );
    taken.ack().await.unwrap();
}

async fn tasks_come_back_until_acknowledged<B: Broker>(a: &B, b: &B) {
    let (lane, id) = (lane("again"), job("again"));
    a.open_lane(&lane).await.unwrap();
    a.put_task(&lane, &id, &task(0), "t".into()).await.unwrap();

    one(a, &lane).await.retry(Duration::ZERO).await.unwrap();
    let second = one(b, &lane).await;
    assert_eq!(second.delivered(), 2);

    let given_back = Instant::now();
    second.retry(Duration::from_millis(400)).await.unwrap();
    let third = one(a, &lane).await;
    assert_eq!(third.delivered(), 3);
    let waited = given_back.elapsed();
    assert!(
        waited >= Duration::from_millis(350),
        "back too early: {waited:?}"
    );

    third.reject().await.unwrap();
    assert!(
        drain(b, &lane, 1, Duration::from_millis(300))
            .await
            .is_empty()
    );
    eventually("a rejected task is gone", || async {
        matches!(
            a.put_task(&lane, &id, &task(0), "t".into()).await.unwrap(),
            Won::Yes(_)
        )
    })
    .await;
    one(b, &lane).await.ack().await.unwrap();
}

async fn pulls_end_when_full_or_expired<B: Broker>(a: &B, b: &B) {
    let (lane, id) = (lane("ends"), job("ends"));
    a.open_lane(&lane).await.unwrap();
    assert!(drain(a, &lane, 0, SOON).await.is_empty());
    let started = Instant::now();
    assert!(
        drain(a, &lane, 5, Duration::from_millis(300))
            .await
            .is_empty()
    );
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(250), "{waited:?}");
    assert!(waited < Duration::from_secs(2), "{waited:?}");
    assert!(drain(a, &lane, 5, Duration::ZERO).await.is_empty());

    // Tasks that come while it waits are given at once, and `max` ends it.
    let mut pulled = b.pull(&lane, 3, SOON).await.unwrap();
    for n in 0..4 {
        a.put_task(&lane, &id, &task(n), "t".into()).await.unwrap();
        if n < 3 {
            let taken = next(&mut pulled).await.unwrap();
            assert_eq!(taken.task(), &task(n));
            taken.ack().await.unwrap();
        }
    }
    let end = tokio::time::timeout(SOON, pulled.next())
        .await
        .expect("the end");
    assert!(end.is_none());
    assert!(pulled.next().await.is_none(), "an end is an end");

    // What a dropped pull had not given is there for others at once.
    let pulled = b.pull(&lane, 10, SOON).await.unwrap();
    tokio::time::sleep(INSTANT).await;
    drop(pulled);
    let started = Instant::now();
    let taken = one(a, &lane).await;
    assert_eq!(taken.task(), &task(3));
    assert!(started.elapsed() < Duration::from_secs(1));
    taken.ack().await.unwrap();
}

async fn lanes_are_apart<B: Broker>(a: &B, b: &B) {
    let (left, right, id) = (lane("left"), lane("right"), job("apart"));
    a.open_lane(&left).await.unwrap();
    a.open_lane(&right).await.unwrap();
    a.put_task(&left, &id, &task(1), "l".into()).await.unwrap();
    let put = a.put_task(&right, &id, &task(1), "r".into()).await.unwrap();
    assert!(
        matches!(put, Won::Yes(_)),
        "the same task in another lane is another"
    );
    for (lane, payload) in [(&right, "r"), (&left, "l")] {
        let taken = one(b, lane).await;
        assert_eq!(taken.payload(), payload);
        taken.ack().await.unwrap();
        assert!(drain(b, lane, 1, INSTANT).await.is_empty());
    }
}

async fn the_first_result_wins<B: Broker>(a: &B, b: &B) {
    let id = job("first");
    assert!(a.result(&id, &task(0)).await.unwrap().is_none());
    let race = join_all((0..16).map(|n| {
        let broker = if n % 2 == 0 { a } else { b };
        let id = &id;
        async move {
            (
                n,
                broker
                    .put_result(id, &task(0), format!("{n}").into())
                    .await
                    .unwrap(),
            )
        }
    }))
    .await;
    let won: Vec<_> = race
        .iter()
        .filter(|(_, won)| matches!(won, Won::Yes(_)))
        .map(|(n, _)| n.to_string())
        .collect();
    assert_eq!(won.len(), 1, "one of sixteen wins");
    for broker in [a, b] {
        let kept = broker.result(&id, &task(0)).await.unwrap().unwrap();
        assert_eq!(kept, won[0]);
    }
}

async fn no_result_is_left_out<B: Broker>(a: &B, b: &B) {
    let (id, other) = (job("all-results"), job("all-results-of-another"));
    let put = |from: usize, to: usize| {
        try_join_all((from..to).map(|n| {
            let (broker, id) = (a.clone(), id.clone());
            async move {
                broker
                    .put_result(&id, &task(n), format!("r{n}").into())
                    .await
            }
        }))
    };
    put(0, 100).await.unwrap();
    b.put_result(&other, &task(0), "not mine".into())
        .await
        .unwrap();
    let watched = b.watch_results(&id).await.unwrap();
    assert_eq!(watched.backlog, 100);
    let mut results = watched.stream;
    put(100, 200).await.unwrap();
    let mut seen = HashMap::new();
    for _ in 0..watched.backlog {
        let (task, payload) = next(&mut results).await;
        seen.insert(task, payload);
    }
    assert!(
        (0..100).all(|n| seen.contains_key(&task(n))),
        "the backlog comes first"
    );
    while seen.len() < 200 {
        let (task, payload) = next(&mut results).await;
        seen.insert(task, payload);
    }
    for n in 0..200 {
        assert_eq!(seen[&task(n)], format!("r{n}"));
    }
}

async fn blobs_are_what_their_name_says<B: Broker>(a: &B, b: &B) {
    assert!(a.blob(&Digest::of(b"absent")).await.unwrap().is_none());
    // Nothing, less than a chunk, exactly one, and many with a rest.
    for size in [0, 100, 128 << 10, (3 << 20) + 17] {
        let bytes: Vec<u8> = (0..size).map(|i: usize| ((i * 31) >> 3) as u8).collect();
        let bytes = Bytes::from(bytes);
        let digest = a.put_blob(bytes.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        assert_eq!(b.put_blob(bytes.clone()).await.unwrap(), digest);
        assert_eq!(
            b.blob(&digest).await.unwrap().unwrap(),
            bytes,
            "{size} bytes"
        );
    }
    // The same by several at once.
    let bytes = Bytes::from(vec![7; 1 << 20]);
    let put =
        join_all((0..4).map(|n| if n % 2 == 0 { a } else { b }.put_blob(bytes.clone()))).await;
    for digest in put {
        assert_eq!(b.blob(&digest.unwrap()).await.unwrap().unwrap(), bytes);
    }
}

async fn events_reach_who_listens<B: Broker>(a: &B, b: &B) {
    let (id, other) = (job("loud"), job("other-loud"));
    let mut mine = b.watch_events(Some(&id)).await.unwrap();
    let mut all = b.watch_events(None).await.unwrap();
    a.publish_event(&other, "log", "1".into()).await.unwrap();
    a.publish_event(&id, "progress.fold", "2".into())
        .await
        .unwrap();
    assert_eq!(
        next(&mut mine).await,
        (id.clone(), "progress.fold".to_owned(), "2".into())
    );
    assert_eq!(next(&mut all).await, (other, "log".to_owned(), "1".into()));
    assert_eq!(next(&mut all).await.0, id);
    for bad in ["", "a..b", "a b", "a.>", ".a"] {
        let refused = a.publish_event(&id, bad, Bytes::new()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid, "{bad}");
    }
}

async fn purging_removes_tasks_and_results_only<B: Broker>(a: &B, b: &B) {
    let (lane, id, other) = (lane("purged"), job("purged"), job("kept"));
    a.open_lane(&lane).await.unwrap();
    a.put_record(&id, RecordKind::Done, "done".into(), None)
        .await
        .unwrap();
    for n in 0..3 {
        a.put_task(&lane, &id, &task(n), "t".into()).await.unwrap();
        a.put_result(&id, &task(n), "r".into()).await.unwrap();
    }
    let in_hand = one(b, &lane).await;
    a.put_task(&lane, &other, &task(9), "t".into())
        .await
        .unwrap();
    a.put_result(&other, &task(9), "r".into()).await.unwrap();
    b.purge(&id, &lane).await.unwrap();
    b.purge(&id, &lane).await.unwrap();

    drop(in_hand);
    let left = drain(a, &lane, 9, Duration::from_millis(200)).await;
    assert_eq!(left.len(), 1);
    for taken in left {
        assert_eq!(taken.job(), &other);
        taken.ack().await.unwrap();
    }
    assert!(a.result(&id, &task(0)).await.unwrap().is_none());
    assert!(a.result(&other, &task(9)).await.unwrap().is_some());
    assert!(a.record(&id, RecordKind::Done).await.unwrap().is_some());
    let anew = a.put_result(&id, &task(0), "r2".into()).await.unwrap();
    assert!(matches!(anew, Won::Yes(_)));
}

async fn many_workers_share_a_lane<B: Broker>(a: &B, b: &B) {
    const TASKS: usize = 500;
    let (lane, id) = (lane("shared"), job("shared"));
    a.open_lane(&lane).await.unwrap();
    let workers: Vec<_> = (0..8)
        .map(|n| {
            let broker = if n % 2 == 0 { a } else { b }.clone();
            let (lane, id) = (lane.clone(), id.clone());
            tokio::spawn(async move {
                let mut did = 0;
                loop {
                    let batch = drain(&broker, &lane, 7, Duration::from_secs(1)).await;
                    if batch.is_empty() {
                        return did;
                    }
                    for taken in batch {
                        let won = broker.put_result(&id, taken.task(), "r".into()).await;
                        assert!(matches!(won.unwrap(), Won::Yes(_)), "handed out twice");
                        taken.ack().await.unwrap();
                        did += 1;
                    }
                }
            })
        })
        .collect();
    try_join_all((0..TASKS).map(|n| {
        let (lane, id) = (&lane, &id);
        async move { a.put_task(lane, id, &task(n), "t".into()).await }
    }))
    .await
    .unwrap();
    let did: usize = join_all(workers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();
    assert_eq!(did, TASKS);
}

#[tokio::test]
async fn memory_hands_out_dropped_tasks_again() {
    let (broker, lane, id) = (Memory::new(), lane("d"), job("d"));
    broker.open_lane(&lane).await.unwrap();
    broker
        .put_task(&lane, &id, &task(0), "t".into())
        .await
        .unwrap();
    drop(one(&broker, &lane).await);
    let again = one(&broker, &lane).await;
    assert_eq!(again.delivered(), 2);
}

// ---- NATS only -----------------------------------------------------------

async fn connect(server: &NatsServer) -> Nats {
    Nats::connect(&server.url(), Options::default())
        .await
        .unwrap()
}

async fn connect_with(server: &NatsServer, ack_wait: Duration) -> Nats {
    let options = Options {
        ack_wait,
        ..Options::default()
    };
    Nats::connect(&server.url(), options).await.unwrap()
}

async fn refused(url: &str) -> pleat::broker::Error {
    let started = Instant::now();
    let err = Nats::connect(url, Options::default())
        .await
        .err()
        .expect("a refusal");
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    err
}

#[tokio::test]
async fn nobody_there_is_said_within_seconds() {
    let err = refused(&format!("nats://user:secret@127.0.0.1:{}", free_port())).await;
    assert_eq!(err.kind, ErrorKind::Unavailable);
    let said = err.to_string();
    assert!(
        said.contains("no NATS server answers at nats://127.0.0.1:"),
        "{said}"
    );
    assert!(said.contains("start one with `nats-server -js`"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[tokio::test]
async fn something_else_there_is_said_within_seconds() {
    // Accepts and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let err = refused(&format!("nats://{}", listener.local_addr().unwrap())).await;
    assert_eq!(err.kind, ErrorKind::Unavailable, "{err}");
    assert_eq!(refused("nats://bad host").await.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_server_that_is_too_old_is_named_so() {
    let err = refused(&pretend_server("2.9.10")).await;
    assert_eq!(err.kind, ErrorKind::Unsuitable);
    let said = err.to_string();
    assert!(said.contains("2.9.10") && said.contains("2.11"), "{said}");
    // New, but deaf to JetStream requests.
    let err = refused(&pretend_server("2.12.0")).await;
    assert_eq!(err.kind, ErrorKind::Unavailable, "{err}");
}

#[tokio::test]
async fn a_server_without_jetstream_is_named_so() {
    let server = NatsServer::with_config("");
    let err = refused(&server.url()).await;
    assert_eq!(err.kind, ErrorKind::Unsuitable, "{err}");
    assert!(err.to_string().contains("nats-server -js"), "{err}");
}

#[tokio::test]
async fn credentials_go_into_the_url() {
    let server =
        NatsServer::with_config("jetstream {}\nauthorization { user: ada, password: lovelace }\n");
    let err = refused(&server.url()).await;
    assert_eq!(err.kind, ErrorKind::Unsuitable, "{err}");
    let url = format!("nats://ada:lovelace@127.0.0.1:{}", server.port());
    Nats::connect(&url, Options::default()).await.unwrap();
}

#[tokio::test]
async fn a_domain_can_be_named() {
    let server = NatsServer::with_config("jetstream { domain: hub }\n");
    let options = Options {
        domain: Some("hub".to_owned()),
        ..Options::default()
    };
    let broker = Nats::connect(&server.url(), options).await.unwrap();
    let lane = Lane::default();
    broker.open_lane(&lane).await.unwrap();
    broker
        .put_task(&lane, &job("j"), &task(0), "t".into())
        .await
        .unwrap();
    let taken = one(&broker, &lane).await;
    assert_eq!(taken.delivered(), 1);
    taken.progress().await.unwrap();
    let elsewhere = Options {
        domain: Some("elsewhere".to_owned()),
        ..Options::default()
    };
    let err = Nats::connect(&server.url(), elsewhere).await.err().unwrap();
    assert_eq!(err.kind, ErrorKind::Unsuitable, "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_may_create_the_streams_at_once() {
    let server = NatsServer::start();
    let all = join_all((0..6).map(|_| connect(&server))).await;
    let lane = Lane::default();
    let opened = join_all(all.iter().map(|broker| broker.open_lane(&lane))).await;
    assert!(opened.iter().all(Result::is_ok), "{opened:?}");
}

#[tokio::test]
async fn a_stream_that_does_not_fit_is_complained_about() {
    let server = NatsServer::start();
    let client = async_nats::connect(server.url()).await.unwrap();
    async_nats::jetstream::new(client)
        .create_stream(async_nats::jetstream::stream::Config {
            name: "PLEAT_TASKS".to_owned(),
            subjects: vec!["pleat.task.>".to_owned()],
            ..Default::default()
        })
        .await
        .unwrap();
    let err = refused(&server.url()).await;
    assert_eq!(err.kind, ErrorKind::Unsuitable);
    let said = err.to_string();
    assert!(
        said.contains("PLEAT_TASKS") && said.contains("WorkQueue"),
        "{said}"
    );
}

#[tokio::test]
async fn a_full_stream_is_not_a_task_queued_already() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    for name in ["PLEAT_JOBS", "PLEAT_TASKS", "PLEAT_RESULTS"] {
        let mut config = jetstream
            .get_stream(name)
            .await
            .unwrap()
            .cached_info()
            .config
            .clone();
        config.max_messages = 2;
        jetstream.update_stream(config).await.unwrap();
    }
    let (lane, id) = (Lane::default(), job("full"));
    for n in 0..2 {
        broker
            .put_task(&lane, &id, &task(n), "t".into())
            .await
            .unwrap();
        broker.put_result(&id, &task(n), "r".into()).await.unwrap();
        broker
            .put_record(&job(&format!("j{n}")), RecordKind::Spec, "s".into(), None)
            .await
            .unwrap();
    }
    assert_eq!(
        broker
            .put_task(&lane, &id, &task(0), "t".into())
            .await
            .unwrap(),
        Won::No
    );
    assert_eq!(
        broker.put_result(&id, &task(0), "r".into()).await.unwrap(),
        Won::No
    );
    let full = [
        broker
            .put_task(&lane, &id, &task(2), "t".into())
            .await
            .unwrap_err(),
        broker
            .put_result(&id, &task(2), "r".into())
            .await
            .unwrap_err(),
        broker
            .put_record(&id, RecordKind::Spec, "s".into(), None)
            .await
            .unwrap_err(),
    ];
    for err in full {
        assert_eq!(err.kind, ErrorKind::Full, "{err}");
    }
    // What is there can still be renewed.
    let there = broker
        .record(&job("j0"), RecordKind::Spec)
        .await
        .unwrap()
        .unwrap();
    let renewed = broker
        .put_record(
            &job("j0"),
            RecordKind::Spec,
            "s2".into(),
            Some(there.revision),
        )
        .await;
    assert!(matches!(renewed.unwrap(), Won::Yes(_)));
}

#[tokio::test]
async fn what_is_too_large_is_said_before_it_is_sent() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let big = Bytes::from(vec![0; (1 << 20) + 1]);
    let err = broker
        .put_result(&job("j"), &task(0), big)
        .await
        .unwrap_err();
    assert_eq!(err.kind, ErrorKind::Invalid, "{err}");
    assert!(err.to_string().contains("blobs"), "{err}");
}

#[tokio::test]
async fn other_clients_cannot_replace_a_first_result() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let id = job("kept");
    broker
        .put_result(&id, &task(0), "first".into())
        .await
        .unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    let sent = async_nats::jetstream::new(client)
        .publish("pleat.result.kept.t0", "second".into())
        .await
        .unwrap()
        .await;
    assert!(sent.is_err());
    assert_eq!(
        broker.result(&id, &task(0)).await.unwrap().unwrap(),
        "first"
    );
}

#[tokio::test]
async fn a_silent_worker_loses_its_task_and_one_that_speaks_does_not() {
    let server = NatsServer::start();
    let ack_wait = Duration::from_secs(1);
    let broker = connect_with(&server, ack_wait).await;
    let (lane, id) = (Lane::default(), job("silent"));
    broker.open_lane(&lane).await.unwrap();
    broker
        .put_task(&lane, &id, &task(0), "t".into())
        .await
        .unwrap();

    drop(one(&broker, &lane).await);
    let dropped = Instant::now();
    let taken = one(&broker, &lane).await;
    let waited = dropped.elapsed();
    assert_eq!(taken.delivered(), 2);
    assert!(
        waited >= ack_wait / 2,
        "nothing is sent on a drop, yet back after {waited:?}"
    );

    for _ in 0..5 {
        tokio::time::sleep(ack_wait / 2).await;
        taken.progress().await.unwrap();
    }
    assert!(drain(&broker, &lane, 1, INSTANT).await.is_empty());
    taken.ack().await.unwrap();
    assert!(drain(&broker, &lane, 1, ack_wait * 3 / 2).await.is_empty());
}

#[tokio::test]
async fn the_lane_keeps_the_ack_wait_it_was_opened_with() {
    let server = NatsServer::start();
    let first = connect_with(&server, Duration::from_secs(2)).await;
    let second = connect_with(&server, Duration::from_secs(60)).await;
    let lane = Lane::default();
    first.open_lane(&lane).await.unwrap();
    second.open_lane(&lane).await.unwrap();
    assert_eq!(first.ack_wait(), Duration::from_secs(2));
    assert_eq!(second.ack_wait(), Duration::from_secs(2));
}

#[tokio::test]
async fn what_is_no_task_is_removed_from_the_queue() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let lane = Lane::default();
    broker.open_lane(&lane).await.unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let sent = jetstream
        .publish("pleat.task.default.j$b.t", "x".into())
        .await
        .unwrap();
    sent.await.unwrap();
    broker
        .put_task(&lane, &job("good"), &task(0), "t".into())
        .await
        .unwrap();
    let taken = drain(&broker, &lane, 2, Duration::from_millis(500)).await;
    assert_eq!(taken.len(), 1);
    eventually("the stranger is gone", || async {
        let stream = jetstream.get_stream("PLEAT_TASKS").await.unwrap();
        stream.cached_info().state.messages == 1
    })
    .await;
}

#[tokio::test]
async fn what_is_no_result_is_not_waited_for() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let id = job("odd");
    broker.put_result(&id, &task(0), "r".into()).await.unwrap();
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let sent = jetstream
        .publish("pleat.result.odd.t$", "x".into())
        .await
        .unwrap();
    sent.await.unwrap();
    let mut watched = broker.watch_results(&id).await.unwrap();
    assert_eq!(watched.backlog, 1);
    assert_eq!(next(&mut watched.stream).await.0, task(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_is_survived() {
    let mut server = NatsServer::start();
    let broker = connect(&server).await;
    let (lane, id) = (Lane::default(), job("survives"));
    broker.open_lane(&lane).await.unwrap();
    broker
        .put_record(&id, RecordKind::Spec, "spec".into(), None)
        .await
        .unwrap();
    for n in 0..3 {
        broker
            .put_task(&lane, &id, &task(n), "t".into())
            .await
            .unwrap();
    }
    let mut records = broker.watch_records().await.unwrap();
    assert_eq!(next(&mut records).await.kind, RecordKind::Spec);
    let taken = one(&broker, &lane).await;
    let empty = "empty".parse().unwrap();
    broker.open_lane(&empty).await.unwrap();
    let mut pulling = broker
        .pull(&empty, 1, Duration::from_secs(600))
        .await
        .unwrap();
    tokio::time::sleep(INSTANT).await;

    server.stop();
    let ended = tokio::time::timeout(SOON, pulling.next())
        .await
        .expect("an end, not a hang");
    assert_eq!(ended.unwrap().err().unwrap().kind, ErrorKind::Unavailable);
    assert!(pulling.next().await.is_none());
    let down = broker.pull(&lane, 1, SOON).await.err().unwrap();
    assert_eq!(down.kind, ErrorKind::Unavailable);
    let down = taken.progress().await.unwrap_err();
    assert_eq!(down.kind, ErrorKind::Unavailable);

    server.restart();
    eventually("pulls work again", || async {
        broker.pull(&empty, 1, INSTANT).await.is_ok()
    })
    .await;
    let won = broker
        .put_record(&id, RecordKind::Owner, "me".into(), None)
        .await;
    assert!(matches!(won.unwrap(), Won::Yes(_)));
    let change = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let change = records.next().await.unwrap();
            if change.kind == RecordKind::Owner {
                return change;
            }
        }
    })
    .await
    .expect("the watch resumes");
    assert_eq!(change.record.bytes, "me");
    // The task in hand is still ours, the others still queued.
    taken.progress().await.unwrap();
    assert!(matches!(
        broker
            .put_result(&id, taken.task(), "r".into())
            .await
            .unwrap(),
        Won::Yes(_)
    ));
    taken.ack().await.unwrap();
    let rest = drain(&broker, &lane, 2, SOON).await;
    assert_eq!(rest.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_across_restarts_leaves_no_result_out() {
    const RESULTS: usize = 3_000;
    let mut server = NatsServer::start();
    let (writer, reader) = (connect(&server).await, connect(&server).await);
    let id = job("restarts");
    let mut results = reader.watch_results(&id).await.unwrap().stream;
    let writing = tokio::spawn({
        let id = id.clone();
        async move {
            for n in 0..RESULTS {
                // A write without an answer may have been done: "already
                // there" is as good.
                while let Err(err) = writer
                    .put_result(&id, &task(n), format!("r{n}").into())
                    .await
                {
                    assert_eq!(err.kind, ErrorKind::Unavailable, "{err}");
                    tokio::time::sleep(INSTANT).await;
                }
            }
        }
    });
    let mut seen = BTreeSet::new();
    let mut restarts = 0;
    while seen.len() < RESULTS {
        let (task, payload) = tokio::time::timeout(Duration::from_secs(40), results.next())
            .await
            .unwrap_or_else(|_| {
                panic!("stuck after {} results and {restarts} restarts", seen.len())
            })
            .unwrap();
        assert_eq!(payload, format!("r{}", &task.as_str()[1..]));
        seen.insert(task);
        if restarts < 2 && seen.len() >= (restarts + 1) * RESULTS / 3 {
            restarts += 1;
            server.restart();
        }
    }
    writing.await.unwrap();
    assert_eq!(restarts, 2);
}

#[tokio::test]
async fn watchers_leave_nothing_durable_behind() {
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let watches = (
        broker.watch_records().await.unwrap(),
        broker.watch_results(&job("j")).await.unwrap(),
    );
    broker.jobs().await.unwrap();
    drop(watches);
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    for name in ["PLEAT_JOBS", "PLEAT_RESULTS"] {
        let stream = jetstream.get_stream(name).await.unwrap();
        let mut consumers = stream.consumers();
        while let Some(consumer) = consumers.next().await {
            let config = consumer.unwrap().config;
            assert!(config.durable_name.is_none() && config.memory_storage);
            assert!(
                config.inactive_threshold <= Duration::from_secs(30),
                "{config:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_are_shared_with_other_object_store_clients() {
    use tokio::io::AsyncReadExt as _;
    let server = NatsServer::start();
    let broker = connect(&server).await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let bucket = jetstream.get_object_store("pleat-blobs").await.unwrap();

    let ours = Bytes::from(
        (0..1_000_000_u32)
            .flat_map(u32::to_le_bytes)
            .collect::<Vec<_>>(),
    );
    let digest = broker.put_blob(ours.clone()).await.unwrap();
    let mut read = Vec::new();
    let mut object = bucket.get(digest.to_string()).await.unwrap();
    object.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, ours);
    assert_eq!(object.info().size, ours.len());

    let theirs = Bytes::from(vec![42; 300_000]);
    let digest = Digest::of(&theirs);
    bucket
        .put(digest.to_string().as_str(), &mut theirs.as_ref())
        .await
        .unwrap();
    assert_eq!(broker.blob(&digest).await.unwrap().unwrap(), theirs);
    assert_eq!(broker.put_blob(theirs.clone()).await.unwrap(), digest);

    // Deleted and stored again.
    bucket.delete(digest.to_string()).await.unwrap();
    assert!(broker.blob(&digest).await.unwrap().is_none());
    broker.put_blob(theirs.clone()).await.unwrap();
    assert_eq!(broker.blob(&digest).await.unwrap().unwrap(), theirs);

    // Not what its name says.
    let name = Digest::of(b"something else");
    bucket
        .put(name.to_string().as_str(), &mut &b"not that"[..])
        .await
        .unwrap();
    let err = broker.blob(&name).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::Corrupt, "{err}");
    // Storing the right bytes heals it.
    broker.put_blob("something else".into()).await.unwrap();
    assert_eq!(broker.blob(&name).await.unwrap().unwrap(), "something else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_stored_by_many_at_once_is_kept_once() {
    let server = NatsServer::start();
    let brokers = join_all((0..4).map(|_| connect(&server))).await;
    let bytes = Bytes::from(vec![1; 4 << 20]);
    let stored = join_all(brokers.iter().map(|broker| broker.put_blob(bytes.clone()))).await;
    assert!(stored.iter().all(Result::is_ok));
    let client = async_nats::connect(server.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let stream = jetstream.get_stream("OBJ_pleat-blobs").await.unwrap();
    let held = stream.cached_info().state.bytes;
    assert!(held < 5 << 20, "{held} bytes for one blob of 4 MiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_at_once_and_in_sentences() {
    let server = NatsServer::start();
    let connection = Connection::open(&server.url(), "api").await.unwrap();
    let alone = service::request(&connection, "list", Bytes::new())
        .await
        .unwrap_err();
    assert_eq!(alone.kind, ErrorKind::Unavailable);
    assert!(alone.to_string().contains("pleat node --nats"), "{alone}");

    let serving = service::serve_api(&connection, |endpoint, payload| async move {
        match endpoint {
            "status" => {
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(payload)
            }
            "report" => Ok(Bytes::from(vec![b'x'; 2 << 20])),
            "schema" => panic!("a bug"),
            _ => Err(ApiError {
                code: 400,
                name: "bad-spec".to_owned(),
                message: "n_splits is 1,\nand at least 2 is allowed".to_owned(),
                field: Some("cv.n_splits".to_owned()),
            }),
        }
    })
    .await
    .unwrap();
    let asker = Connection::open(&server.url(), "asker").await.unwrap();
    let ask = |endpoint: &'static str, payload: &'static str| {
        let asker = asker.clone();
        async move {
            service::request(&asker, endpoint, payload.into())
                .await
                .unwrap()
        }
    };

    let started = Instant::now();
    let answers = join_all((0..20).map(|_| ask("status", "echo"))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_deref() == Ok(b"echo"))
    );
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "one after the other"
    );

    let error = ask("submit", "{}").await.unwrap_err();
    assert_eq!((error.code, error.name.as_str()), (400, "bad-spec"));
    assert_eq!(error.field.as_deref(), Some("cv.n_splits"));
    assert_eq!(ask("report", "").await.unwrap_err().code, 413);
    assert_eq!(ask("schema", "").await.unwrap_err().code, 500);

    // As any client of micro services sees it.
    let client = async_nats::connect(server.url()).await.unwrap();
    let raw = client
        .request("pleat.v1.submit", "{}".into())
        .await
        .unwrap();
    let headers = raw.headers.unwrap();
    assert_eq!(
        headers.get("Nats-Service-Error-Code").unwrap().as_str(),
        "400"
    );
    let sentence = headers.get("Nats-Service-Error").unwrap().as_str();
    assert_eq!(sentence, "n_splits is 1, and at least 2 is allowed");
    let body: serde_json::Value = serde_json::from_slice(&raw.payload).unwrap();
    assert_eq!(body["error"]["name"], "bad-spec");

    let found = discovery::discover(&asker, "pleat", Duration::from_millis(300))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["endpoints"].as_array().unwrap().len(), 7);

    drop(serving);
    eventually("a dropped service is silent", || async {
        service::request(&asker, "list", Bytes::new())
            .await
            .is_err()
    })
    .await;
    let found = discovery::discover(&asker, "pleat", SOON).await.unwrap();
    assert!(found.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_found_until_they_go() {
    let mut server = NatsServer::start();
    let connection = Connection::open(&server.url(), "node").await.unwrap();
    let announce = async |slots: u32| {
        let metadata = HashMap::from([("slots".to_owned(), slots.to_string())]);
        discovery::announce_node(
            &connection,
            metadata,
            move || serde_json::json!({ "busy": slots }),
        )
        .await
        .unwrap()
    };
    let (small, large) = (announce(2).await, announce(64).await);
    let found = async || {
        let wait = Duration::from_millis(300);
        discovery::discover(&connection, discovery::NODE, wait)
            .await
            .unwrap()
    };
    let mut busy: Vec<_> = found()
        .await
        .iter()
        .map(|node| {
            assert_eq!(node["name"], "pleat-node");
            assert_eq!(node["metadata"]["slots"], node["stats"]["busy"].to_string());
            node["stats"]["busy"].as_u64().unwrap()
        })
        .collect();
    busy.sort_unstable();
    assert_eq!(busy, [2, 64]);
    drop(small);
    eventually("the small one is gone", || async {
        found().await.len() == 1
    })
    .await;
    server.restart();
    eventually("the large one is there again", || async {
        found()
            .await
            .first()
            .is_some_and(|node| node["stats"]["busy"] == 64)
    })
    .await;
    drop(large);
}
