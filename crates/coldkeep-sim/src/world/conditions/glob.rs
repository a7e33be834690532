//! Patterns of `StringLike`: `*` is any text, `?` one character, a backslash takes both by their word
//! (<https://learn.microsoft.com/azure/role-based-access-control/conditions-format#stringlike>).

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    One,
    This(char),
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '*' => Part::Any,
            '?' => Part::One,
            '\\' => match characters.next_if(|next| matches!(next, '*' | '?' | '\\')) {
                Some(escaped) => Part::This(escaped),
                None => Part::This('\\'),
            },
            other => Part::This(other),
        });
    }
    parts
}

/// Whether the whole of `text` matches the pattern. Takes no longer than their lengths multiplied.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = parts(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut from) = (0, 0);
    // Where the last `*` is, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Part::Any) => {
                star = Some((at, from));
                at += 1;
                continue;
            }
            Some(Part::One) => {}
            Some(Part::This(wanted)) if text.get(from) == Some(wanted) => {}
            _ => {
                let Some((star_at, taken)) = star.as_mut() else {
                    return false;
                };
                *taken += 1;
                (at, from) = (*star_at + 1, *taken);
                continue;
            }
        }
        (at, from) = (at + 1, from + 1);
    }
    pattern[at..].iter().all(|part| *part == Part::Any)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text) in [
            ("x/b/*", "x/b/"),
            ("x/b/*", "x/b/0/1"),
            ("*/b/*", "a/b/c"),
            ("a?c", "aüc"),
            ("*", ""),
            ("**b*", "aab"),
            ("a\\*b", "a*b"),
            ("a\\?", "a?"),
            ("a\\\\*", "a\\b"),
            ("a\\b", "a\\b"),
            ("*ab", "aab"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("x/b/*", "x/b"),
            ("x/b/*", "y/x/b/c"),
            ("x/b/*", "X/b/c"),
            ("a?c", "ac"),
            ("?", ""),
            ("a\\*b", "axb"),
            ("a", "ab"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(2_000);
        assert!(!matches(&pattern, &"b".repeat(4_000)));
    }
}
