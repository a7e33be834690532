//! Breaking text into lines between words, and nowhere else.

/// A word that is longer than this may be broken behind a slash: it is an address or an id of many parts.
const LONG_WORD: usize = 24;

/// Columns on a screen.
pub(super) fn width_of(text: &str) -> usize {
    console::measure_text_width(text)
}

/// The columns that the longest part takes that is never broken.
pub(super) fn longest_word(line: &str) -> usize {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let parts = line.split(' ').flat_map(parts_of);
    indent + parts.map(width_of).max().unwrap_or_default()
}

/// A word, or the parts between which a long one may be broken.
fn parts_of(word: &str) -> Vec<&str> {
    match width_of(word) > LONG_WORD {
        true => word.split_inclusive('/').collect(),
        false => vec![word],
    }
}

/// One line in as many as it takes, each with its indent. A word that is wider than a line stands alone in one.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    wrapped_by(text, width, parts_of)
}

/// As [`wrap`], but without breaks behind slashes: a path copied from the screen stays whole.
pub(super) fn wrap_whole(text: &str, width: usize) -> Vec<String> {
    wrapped_by(text, width, |word| vec![word])
}

fn wrapped_by<'a>(text: &'a str, width: usize, parts_of: impl Fn(&'a str) -> Vec<&'a str>) -> Vec<String> {
    if width_of(text) <= width {
        return vec![text.to_owned()];
    }
    let words = text.trim_start_matches(' ');
    let indent = " ".repeat(text.len() - words.len());
    let mut lines = vec![];
    let mut line = indent.clone();
    for word in words.split(' ') {
        let parts = parts_of(word);
        for (at, part) in parts.into_iter().enumerate() {
            let space = if at == 0 && line.len() > indent.len() {
                " "
            } else {
                ""
            };
            if line.len() > indent.len() && width_of(&line) + space.len() + width_of(part) > width {
                lines.push(std::mem::replace(&mut line, indent.clone()));
                line.push_str(part);
            } else {
                line.push_str(space);
                line.push_str(part);
            }
        }
    }
    lines.push(line);
    lines
}

/// The words of a text that fit, with a mark where some do not.
pub fn fitting(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let first = wrap(text, width.saturating_sub(2))
        .into_iter()
        .next()
        .unwrap_or_default();
    match width_of(&first) + 2 <= width {
        true => format!("{} …", first.trim_end_matches([',', ';', ':'])),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_ids_behind_slashes() {
        for (text, width, lines) in [
            ("a b c", 10, vec!["a b c"]),
            ("one two three", 7, vec!["one two", "three"]),
            ("  one two", 7, vec!["  one", "  two"]),
            ("/short/path", 5, vec!["/short/path"]),
            ("", 5, vec![""]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text}");
        }
        let id = format!("/{}/{}/{}", "a".repeat(20), "b".repeat(20), "c".repeat(20));
        assert_eq!(wrap(&id, 30).len(), 3);
        assert_eq!(wrap(&id, 30).concat(), id);
        assert_eq!(longest_word(&id), 21);
    }

    #[test]
    fn what_does_not_fit_is_left_out_by_words() {
        assert_eq!(
            fitting("create blobs in a target", 40),
            "create blobs in a target"
        );
        assert_eq!(fitting("create blobs, and read them", 18), "create blobs …");
        assert_eq!(fitting("unbreakable", 5), "");
    }
}
