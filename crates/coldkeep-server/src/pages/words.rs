//! Numbers, times and states as the pages show them.

use coldkeep_core::{
    Timestamp,
    moment::{end_day, never_ends},
    run::{Phase, RunKind, RunState},
    service_account::State,
};

/// A state: a word with a sign, never colour alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Badge {
    /// Of the style sheet: `ok`, `warn`, `bad`, `run`, or none.
    pub class: &'static str,
    pub text: String,
}

impl Badge {
    pub fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self {
            class,
            text: text.into(),
        }
    }

    pub fn of_run(state: RunState) -> Self {
        match state {
            RunState::Running => Self::new("run", "Running"),
            RunState::Done => Self::new("ok", "✓ Done"),
            RunState::DoneWithFailures => Self::new("warn", "! Done with failures"),
            RunState::Failed => Self::new("bad", "✕ Failed"),
            RunState::Interrupted => Self::new("warn", "! Interrupted"),
        }
    }

    pub fn of_account(state: State) -> Self {
        match state {
            State::Ready => Self::new("ok", "✓ Ready"),
            State::Incomplete => Self::new("warn", "! Incomplete"),
            State::Removing => Self::new("warn", "! Removing"),
        }
    }

    /// How long a credential lasts; `days_left` is none where that is not known.
    pub fn of_expiry(days_left: Option<i64>, expires_at: Option<Timestamp>) -> Self {
        if expires_at.is_some_and(never_ends) {
            return Self::new("", "never expires");
        }
        match days_left {
            None => Self::new("", "expiry unknown"),
            Some(days) if days < 0 => Self::new("bad", "✕ expired"),
            Some(days) if days <= 30 => Self::new("warn", format!("! {}", days_words(days))),
            Some(days) => Self::new("ok", format!("✓ {}", days_words(days))),
        }
    }
}

fn days_words(days: i64) -> String {
    match days {
        0 => "today".into(),
        1 => "1 day".into(),
        days => format!("{days} days"),
    }
}

/// A moment: how long ago it was, and exactly when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub relative: String,
    pub exact: String,
}

impl Moment {
    pub fn new(at: Timestamp, now: Timestamp) -> Self {
        let seconds = now.as_second() - at.as_second();
        let relative = match seconds {
            i64::MIN..0 => exact(at),
            0..60 => "just now".into(),
            60..3600 => format!("{} min ago", seconds / 60),
            3600..172_800 => format!("{} h ago", seconds / 3600),
            _ => format!("{} days ago", seconds / 86_400),
        };
        Self {
            relative,
            exact: exact(at),
        }
    }
}

/// To the second, in UTC.
pub(super) fn exact(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The day on which something expires.
pub(super) fn expires(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "unknown".into(), end_day)
}

/// With separators: `1,284,003`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Copy => "Copy",
        RunKind::Restore => "Restore",
    }
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Listing => "Listing",
        Phase::Planning => "Planning",
        Phase::Copying => "Copying",
        Phase::Proving => "Proving",
        Phase::Committing => "Committing",
        Phase::Restoring => "Restoring",
        Phase::Ended => "Ended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::size::of_size;

    #[test]
    fn numbers_and_times_are_short_and_exact() {
        assert_eq!(
            [count(0), count(999), count(1_284_003)],
            ["0", "999", "1,284,003"]
        );
        assert_eq!(
            [of_size(1023), of_size(1536), of_size(1 << 40)],
            ["1023 B", "1.5 KiB", "1.0 TiB"]
        );
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ago =
            |seconds: i64| Moment::new(Timestamp::from_second(1_000_000 - seconds).unwrap(), now).relative;
        assert_eq!(
            [ago(5), ago(120), ago(7200), ago(300_000)],
            ["just now", "2 min ago", "2 h ago", "3 days ago"]
        );
        assert_eq!(Badge::of_expiry(Some(-1), None).class, "bad");
        assert_eq!(Badge::of_expiry(Some(1), None).text, "! 1 day");
        assert_eq!(Badge::of_expiry(Some(31), None).text, "✓ 31 days");
    }
}
