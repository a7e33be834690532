//! Numbers, times and untrusted texts for people.

use super::wrap::wrap_whole;
pub use coldkeep_core::moment::end_day;
use coldkeep_core::{Timestamp, moment::never_ends};

/// A number with spaces between its thousands: `1 234 567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A moment, to the second, in UTC; `never` where an end at it means that there is none.
pub fn when(moment: Timestamp) -> String {
    if never_ends(moment) {
        return "never".to_owned();
    }
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Whether a character would move the cursor, begin a line, change colours or the direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape_into(safe: &mut String, c: char) {
    match c {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        c => safe.extend(c.escape_unicode()),
    }
}

/// A text from elsewhere, harmless on a terminal and in a log: it stays on its line, and control characters are shown as
/// their number.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            escape_into(&mut safe, c);
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A printable text whose line ends are ours; texts from elsewhere in it went through [`plain`] before.
pub fn lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// A JSON text, whose strings may hold what JSON need not escape but a terminal obeys.
pub fn plain_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii() && steers(c) {
            // All of them are in the first plane: one group of four digits.
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A duration in words: `1 h 05 min`, `12 s`.
pub(super) fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// The text in lines no wider than the terminal (100 characters at most). Words are never cut, indents stay.
pub(super) fn wrapped(text: &str) -> String {
    let columns = console::Term::stderr()
        .size_checked()
        .map_or(100, |(_, columns)| columns);
    let width = usize::from(columns).clamp(30, 100);
    let lines = text.split('\n').flat_map(|line| wrap_whole(line, width));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::size::of_size;

    #[test]
    fn sizes_and_counts() {
        let sizes = [
            0,
            1023,
            1024,
            1536,
            1_048_524,
            1_048_575,
            1 << 20,
            5 << 30,
            u64::MAX,
        ]
        .map(of_size);
        let expected = [
            "0 B",
            "1023 B",
            "1.0 KiB",
            "1.5 KiB",
            "1023.9 KiB",
            "1.0 MiB",
            "1.0 MiB",
            "5.0 GiB",
            "16384.0 PiB",
        ];
        assert_eq!(sizes, expected);
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1 000", "1 234 567"]
        );
        assert_eq!([5, 65, 3_900].map(lasting), ["5 s", "1 min 05 s", "1 h 05 min"]);
    }

    #[test]
    fn foreign_names_cannot_steer_a_terminal() {
        assert_eq!(
            plain("a\u{1b}[31mb\rc\u{202e}d é\n\u{9b}x"),
            "a\\u{1b}[31mb\\rc\\u{202e}d é\\n\\u{9b}x"
        );
        assert_eq!(lines("a\n\u{1b}b"), "a\n\\u{1b}b");
        let text = serde_json::to_string("a\u{1b}\u{9b}\u{202e}\n").unwrap();
        assert_eq!(plain_json(&text), "\"a\\u001b\\u009b\\u202e\\n\"");
        let read: String = serde_json::from_str(&plain_json(&text)).unwrap();
        assert_eq!(read, "a\u{1b}\u{9b}\u{202e}\n");
    }

    #[test]
    fn paragraphs_are_wrapped_between_words() {
        let text = "word ".repeat(60);
        assert!(wrapped(text.trim()).lines().all(|l| l.len() <= 100));
        assert_eq!(wrapped(text.trim()).replace('\n', " "), text.trim());
        assert_eq!(wrapped("a\n\n    b c\n"), "a\n\n    b c\n");
        assert_eq!(wrapped(&"x".repeat(300)), "x".repeat(300));
    }
}
