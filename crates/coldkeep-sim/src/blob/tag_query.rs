//! Expressions over index tags: what Find Blobs by Tags searches for and `x-ms-if-tags` demands.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/find-blobs-by-tags#remarks>,
//! <https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations#tags-conditional-operations>.
//! Values compare as text, by code point.

use std::collections::{BTreeMap, BTreeSet};

/// The key that stands for the name of the container.
pub(super) const CONTAINER: &str = "@container";

/// A condition on the tags of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Compare {
        key: String,
        comparison: Comparison,
        value: String,
    },
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// How a tag's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, left: &str, right: &str) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Expression {
    /// Reads a search: comparisons joined by `AND`; neither `<>` nor `OR`, and each key only in one direction twice.
    pub(super) fn search(text: &str) -> Option<Self> {
        let expression = Parser::read(text, true)?;
        expression.is_search().then_some(expression)
    }

    /// Reads the value of `x-ms-if-tags`: `AND` binds closer than `OR`.
    pub(super) fn condition(text: &str) -> Option<Self> {
        Parser::read(text, false)
    }

    fn is_search(&self) -> bool {
        match self {
            Self::Compare { key, comparison, .. } => {
                *comparison != Comparison::Unequal && (key != CONTAINER || *comparison == Comparison::Equal)
            }
            Self::And(left, right) => left.is_search() && right.is_search(),
            Self::Or(..) => false,
        }
    }

    /// Whether a blob with these tags, in this container, matches. A missing tag equals nothing.
    pub(super) fn matches(&self, container: &str, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Compare {
                key,
                comparison,
                value,
            } => {
                let found = if key == CONTAINER {
                    Some(container)
                } else {
                    tags.get(key).map(String::as_str)
                };
                match found {
                    Some(found) => comparison.holds(found, value),
                    None => *comparison == Comparison::Unequal,
                }
            }
            Self::And(left, right) => left.matches(container, tags) && right.matches(container, tags),
            Self::Or(left, right) => left.matches(container, tags) || right.matches(container, tags),
        }
    }

    /// The tags it speaks of.
    pub(super) fn keys(&self) -> BTreeSet<&str> {
        match self {
            Self::Compare { key, .. } => BTreeSet::from([key.as_str()]),
            Self::And(left, right) | Self::Or(left, right) => {
                left.keys().union(&right.keys()).copied().collect()
            }
        }
    }
}

/// Brackets within brackets; our own limit, so that no request can exhaust the stack.
const DEPTH_MAX: usize = 32;

/// Reads an expression from the front of a text.
struct Parser<'t> {
    rest: &'t str,
    /// How many brackets are open.
    depth: usize,
    /// Whether `@container` is a key.
    with_container: bool,
}

impl<'t> Parser<'t> {
    fn read(text: &'t str, with_container: bool) -> Option<Expression> {
        let mut parser = Self {
            rest: text,
            depth: 0,
            with_container,
        };
        let expression = parser.any()?;
        parser.skip_space();
        parser.rest.is_empty().then_some(expression)
    }

    fn any(&mut self) -> Option<Expression> {
        let mut left = self.all()?;
        while self.word("OR") {
            left = Expression::Or(Box::new(left), Box::new(self.all()?));
        }
        Some(left)
    }

    fn all(&mut self) -> Option<Expression> {
        let mut left = self.one()?;
        while self.word("AND") {
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Expression> {
        if self.symbol("(") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return None;
            }
            let inner = self.any()?;
            self.depth -= 1;
            return self.symbol(")").then_some(inner);
        }
        let key = self.key()?;
        let comparison = self.comparison()?;
        let value = self.quoted('\'')?;
        Some(Expression::Compare {
            key,
            comparison,
            value,
        })
    }

    fn comparison(&mut self) -> Option<Comparison> {
        const ALL: [(&str, Comparison); 6] = [
            ("<>", Comparison::Unequal),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        ALL.into_iter()
            .find(|(symbol, _)| self.symbol(symbol))
            .map(|(_, comparison)| comparison)
    }

    fn key(&mut self) -> Option<String> {
        self.skip_space();
        if self.rest.starts_with('"') {
            return self.quoted('"').filter(|key| !key.is_empty());
        }
        let marked = self.rest.strip_prefix('@');
        let letters = marked.unwrap_or(self.rest);
        let length = letters
            .find(|other: char| !other.is_ascii_alphanumeric() && other != '_')
            .unwrap_or(letters.len());
        let whole = usize::from(marked.is_some()) + length;
        let key = self.rest[..whole].to_owned();
        self.rest = &self.rest[whole..];
        let known = marked.is_none() || (self.with_container && key == CONTAINER);
        (length > 0 && known).then_some(key)
    }

    /// A quoted text; a doubled quote stands for one.
    fn quoted(&mut self, quote: char) -> Option<String> {
        self.skip_space();
        let mut text = String::new();
        let mut rest = self.rest.strip_prefix(quote)?;
        loop {
            let end = rest.find(quote)?;
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix(quote) {
                Some(more) => {
                    text.push(quote);
                    rest = more;
                }
                None => {
                    self.rest = rest;
                    return Some(text);
                }
            }
        }
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let found = self
            .rest
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word));
        if found {
            self.rest = &self.rest[word.len()..];
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> BTreeMap<String, String> {
        [("year", "2024"), ("kind", "full"), ("a b", "it's")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn searches_compare_and_join() {
        let found = |text: &str| Expression::search(text).map(|found| found.matches("data", &tags()));
        assert_eq!(found("year = '2024'"), Some(true));
        assert_eq!(found("\"year\">='2023' and \"year\" < '2025'"), Some(true));
        assert_eq!(found("@container = 'data' AND kind = 'full'"), Some(true));
        assert_eq!(found("@container = 'other' AND kind = 'full'"), Some(false));
        assert_eq!(found("\"a b\" = 'it''s'"), Some(true));
        assert_eq!(found("missing < 'z'"), Some(false));
        for wrong in [
            "",
            "year",
            "year = 2024",
            "year <> '2024'",
            "year = '1' OR kind = 'full'",
            "year = '2024' kind = 'full'",
            "@other = 'x'",
            "@container > 'a'",
            "year = 'open",
        ] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn conditions_also_know_or_and_unequal() {
        let met = |text: &str| Expression::condition(text).map(|found| found.matches("", &tags()));
        assert_eq!(met("year = '1' OR kind = 'full' AND year = '2024'"), Some(true));
        assert_eq!(met("(year = '1' OR kind = 'full') AND year = '1'"), Some(false));
        assert_eq!(met("kind <> 'full'"), Some(false));
        assert_eq!(met("missing <> 'full'"), Some(true));
        assert_eq!(met("@container = 'data'"), None);
    }

    #[test]
    fn keys_are_those_it_names() {
        let search = Expression::search("b = '1' AND @container = 'data' AND b < '2'").unwrap();
        assert_eq!(search.keys().into_iter().collect::<Vec<_>>(), ["@container", "b"]);
    }
}
