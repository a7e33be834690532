//! A message about what a command waits for, if it takes longer than expected.

use super::Context;
use crate::print::Spinner;
use std::{pin::pin, time::Duration};

/// A shorter wait needs no explanation.
const SOON: Duration = Duration::from_secs(3);

/// Does the work and reports long waits: drawn on a terminal, printed once elsewhere.
pub async fn patiently<T>(context: Context<'_>, why: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(SOON) => {}
    }
    let spinner = Spinner::start(context.out);
    match context.out.is_live() {
        true => spinner.say(why),
        false => context.out.remark(why),
    }
    work.await
}
