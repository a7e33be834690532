//! Progress on stderr: a line that is redrawn on a terminal, one plain line every ten seconds elsewhere.

use super::{Out, count, human::lasting, of_size, plain};
use coldkeep_api::Client;
use coldkeep_core::{
    Problem,
    id::RunId,
    run::{Counts, Phase, Run, RunState},
};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Between two reads of a run: short at first, so that watching it does not prolong a short run.
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LONGEST_LOOK: Duration = Duration::from_millis(500);

/// A progress display; nothing with --quiet.
#[derive(Debug)]
pub struct Progress {
    started: Instant,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Silent,
    Live(ProgressBar),
    Plain { said: Instant },
}

impl Progress {
    pub fn start(out: &Out) -> Self {
        let started = Instant::now();
        let kind = if out.quiet {
            Kind::Silent
        } else if out.is_live() {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            Kind::Live(bar)
        } else {
            Kind::Plain { said: started }
        };
        Self { started, kind }
    }

    /// Shows how far it is. `doing` is what it is doing, a word.
    pub fn show(&mut self, doing: &str, counts: &Counts) {
        let text = || plain(&line(doing, counts, self.started.elapsed()));
        match &mut self.kind {
            Kind::Silent => {}
            Kind::Live(bar) => bar.set_message(text()),
            Kind::Plain { said } if said.elapsed() >= PLAIN_EVERY => {
                let text = text();
                *said = Instant::now();
                let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
            }
            Kind::Plain { .. } => {}
        }
    }

    /// Takes the display away.
    pub fn end(self) {
        if let Kind::Live(bar) = self.kind {
            bar.finish_and_clear();
        }
    }
}

/// Watches a run to its end.
pub async fn watch_run(client: &Client, out: &Out, id: RunId) -> Result<Run, Problem> {
    let mut progress = Progress::start(out);
    let mut pause = FIRST_LOOK;
    let run = loop {
        match client.show_run(id).await {
            Ok(run) if run.state == RunState::Running => progress.show(word(run.phase), &run.counts),
            ended => break ended,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_LOOK);
    };
    progress.end();
    run
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Listing => "listing",
        Phase::Planning => "planning",
        Phase::Copying => "copying",
        Phase::Proving => "proving",
        Phase::Committing => "committing",
        Phase::Restoring => "restoring",
        Phase::Ended => "ended",
    }
}

/// `copying  120 of 4 000 items, 3.0 MiB of 90.0 MiB, 1.5 MiB/s, about 58 s left, 2 failed`.
fn line(doing: &str, counts: &Counts, elapsed: Duration) -> String {
    let mut text = format!("{doing}  {}", count(counts.items_done));
    if counts.items_total > 0 {
        text.push_str(&format!(" of {}", count(counts.items_total)));
    }
    text.push_str(&format!(" items, {}", of_size(counts.bytes_done)));
    if counts.bytes_total > 0 {
        text.push_str(&format!(" of {}", of_size(counts.bytes_total)));
    }
    let seconds = elapsed.as_secs_f64();
    if seconds >= 1.0 && counts.bytes_done > 0 {
        let rate = counts.bytes_done as f64 / seconds;
        text.push_str(&format!(", {}/s", of_size(rate as u64)));
    }
    let left = [
        (counts.items_done, counts.items_total),
        (counts.bytes_done, counts.bytes_total),
    ]
    .into_iter()
    .filter(|(done, total)| *done > 0 && total > done)
    .map(|(done, total)| seconds * (total - done) as f64 / done as f64)
    .fold(0.0, f64::max);
    if seconds >= 3.0 && left >= 1.0 {
        text.push_str(&format!(", about {} left", lasting(left.ceil() as u64)));
    }
    if counts.items_failed > 0 {
        text.push_str(&format!(", {} failed", count(counts.items_failed)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_items_bytes_rate_and_what_remains() {
        let counts = Counts {
            items_total: 4000,
            items_done: 1000,
            items_failed: 2,
            bytes_total: 40 << 20,
            bytes_done: 20 << 20,
            ..Counts::default()
        };
        assert_eq!(
            line("copying", &counts, Duration::from_secs(10)),
            "copying  1 000 of 4 000 items, 20.0 MiB of 40.0 MiB, 2.0 MiB/s, about 30 s left, 2 failed"
        );
        assert_eq!(
            line("listing", &Counts::default(), Duration::ZERO),
            "listing  0 items, 0 B"
        );
    }
}
