//! What is waited for, on a line that is redrawn on a terminal; nothing elsewhere.

use super::{Out, asking_screen, fitting, plain};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A moving sign of progress; removed when it is dropped.
#[derive(Debug)]
pub struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub fn start(out: &Out) -> Self {
        if out.quiet || !out.is_live() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    /// Replaces its text.
    pub fn say(&self, text: &str) {
        if let Some(bar) = &self.0 {
            // The spinner itself and a space stand before it.
            bar.set_message(fitting(&plain(text), asking_screen().saturating_sub(2)));
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
