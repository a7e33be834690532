//! The gate in paused time.

use super::*;
use futures::future::join_all;

const MINUTE: Duration = Duration::from_secs(60);

fn gate() -> Arc<Gate> {
    Arc::new(Gate::new(1024))
}

async fn enter(gate: &Arc<Gate>) -> Result<Pass, Starved> {
    gate.enter(None, Instant::now(), 15 * MINUTE).await
}

fn throttled(seconds: Option<u64>) -> Outcome {
    Outcome::Throttled {
        retry_after: seconds.map(Duration::from_secs),
    }
}

#[tokio::test(start_paused = true)]
async fn one_retry_after_stops_all_until_then() {
    let gate = gate();
    let first = enter(&gate).await.unwrap();
    first.answered(throttled(Some(30)));
    let began = Instant::now();
    join_all((0..20).map(|_| async {
        let pass = enter(&gate).await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(30));
        pass.answered(Outcome::Answered);
    }))
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_limit_are_in_flight_and_who_gives_up_waiting_holds_up_nobody() {
    let gate = gate();
    let mut passes = Vec::new();
    for _ in 0..gate.limit() {
        passes.push(enter(&gate).await.unwrap());
    }
    let mut waiting = Box::pin(enter(&gate));
    assert!(futures::poll!(&mut waiting).is_pending());
    let mut behind = Box::pin(enter(&gate));
    assert!(futures::poll!(&mut behind).is_pending());
    drop(waiting);
    drop(passes.pop());
    assert!(behind.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_only_when_nothing_passed_for_long() {
    let gate = gate();
    let since = Instant::now();
    let mut tries = 0;
    let starved = loop {
        match gate.enter(None, since, 15 * MINUTE).await {
            Ok(pass) => pass.answered(throttled(None)),
            Err(starved) => break starved,
        }
        tries += 1;
    };
    assert_eq!(starved, Starved(15 * MINUTE));
    assert!(since.elapsed() >= 15 * MINUTE);
    assert!((100..2000).contains(&tries), "{tries}");
    // A later request waits on its own account, and one answer ends the hunger.
    enter(&gate).await.unwrap().answered(Outcome::Answered);
    assert!(gate.enter(None, since, 15 * MINUTE).await.is_ok());
}
