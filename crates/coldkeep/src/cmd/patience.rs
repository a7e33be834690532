//! Saying what is waited for, where something takes longer than anybody expects.

use super::Context;
use crate::print::Spinner;
use std::{pin::pin, time::Duration};

/// Until then nobody wonders.
const SOON: Duration = Duration::from_secs(3);

/// Does the work; what takes long is said: drawn on a terminal, told once elsewhere.
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
