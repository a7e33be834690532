//! `$filter`: the part of OData that Graph's directory understands
//! (<https://learn.microsoft.com/graph/filter-query-parameter>).

use super::error::GraphError;
use serde_json::Value;

/// An expression over one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(Path, Comparison, Value),
    In(Path, Vec<Value>),
    /// `startswith` or, at the end, `endswith`.
    Affix {
        path: Path,
        text: String,
        end: bool,
    },
    /// `things/any(x: …)`: the variable's name and what must hold for one of them.
    Any(Path, String, Box<Filter>),
}

/// Names of properties, from the outer to the inner one.
pub(super) type Path = Vec<String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Ge,
    Le,
    Gt,
    Lt,
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Filter, GraphError> {
    let invalid = || {
        GraphError::new(
            400,
            "BadRequest",
            format!("Invalid filter clause: Syntax error in '{text}'."),
        )
    };
    let mut reader = Reader {
        tokens: tokens(text).ok_or_else(invalid)?,
        next: 0,
    };
    let filter = reader.either().ok_or_else(invalid)?;
    if reader.next == reader.tokens.len() {
        Ok(filter)
    } else {
        Err(invalid())
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' => quoted(rest)?,
            // A time has colons of its own; only a variable's name is followed by one and something else than a digit.
            ':' => (Token::Colon, 1),
            _ => {
                let time = rest.starts_with(|c: char| c.is_ascii_digit());
                let end = rest
                    .find(|c: char| c.is_whitespace() || "(),'".contains(c) || c == ':' && !time)
                    .unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Some(found)
}

/// A text in quotes, in which a quote is doubled, and its length as written.
fn quoted(rest: &str) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        let end = at + rest[at..].find('\'')?;
        text.push_str(&rest[at..end]);
        if !rest[end + 1..].starts_with('\'') {
            return Some((Token::Text(text), end + 1));
        }
        text.push('\'');
        at = end + 2;
    }
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn expect(&mut self, token: &Token) -> Option<()> {
        (self.take().as_ref() == Some(token)).then_some(())
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    fn either(&mut self) -> Option<Filter> {
        let mut left = self.both()?;
        while self.at_word("or") {
            self.next += 1;
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Some(left)
    }

    fn both(&mut self) -> Option<Filter> {
        let mut left = self.one()?;
        while self.at_word("and") {
            self.next += 1;
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Filter> {
        if self.at_word("not") {
            self.next += 1;
            return Some(Filter::Not(Box::new(self.one()?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.next += 1;
            let inner = self.either()?;
            self.expect(&Token::Close)?;
            return Some(inner);
        }
        let Token::Word(word) = self.take()? else {
            return None;
        };
        if self.peek() == Some(&Token::Open) {
            return self.call(&word);
        }
        let path = path(&word);
        let Token::Word(operator) = self.take()? else {
            return None;
        };
        if operator.eq_ignore_ascii_case("in") {
            return self.list(path);
        }
        let comparison = match operator.to_ascii_lowercase().as_str() {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "ge" => Comparison::Ge,
            "le" => Comparison::Le,
            "gt" => Comparison::Gt,
            "lt" => Comparison::Lt,
            _ => return None,
        };
        Some(Filter::Compare(path, comparison, self.literal()?))
    }

    /// `in ('a', 'b')`
    fn list(&mut self, path: Path) -> Option<Filter> {
        self.expect(&Token::Open)?;
        let mut values = vec![self.literal()?];
        while self.peek() == Some(&Token::Comma) {
            self.next += 1;
            values.push(self.literal()?);
        }
        self.expect(&Token::Close)?;
        Some(Filter::In(path, values))
    }

    /// `startswith(a,'b')`, `endswith(a,'b')`, `things/any(x:x eq 'a')`
    fn call(&mut self, name: &str) -> Option<Filter> {
        self.expect(&Token::Open)?;
        let Token::Word(first) = self.take()? else {
            return None;
        };
        let filter = if let Some(things) = name.strip_suffix("/any") {
            self.expect(&Token::Colon)?;
            Filter::Any(path(things), first, Box::new(self.either()?))
        } else {
            self.expect(&Token::Comma)?;
            let Token::Text(text) = self.take()? else {
                return None;
            };
            let end = match name.to_ascii_lowercase().as_str() {
                "startswith" => false,
                "endswith" => true,
                _ => return None,
            };
            Filter::Affix {
                path: path(&first),
                text,
                end,
            }
        };
        self.expect(&Token::Close)?;
        Some(filter)
    }

    fn literal(&mut self) -> Option<Value> {
        Some(match self.take()? {
            Token::Text(text) => Value::String(text),
            Token::Word(word) => match word.as_str() {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => match word.parse::<i64>() {
                    Ok(number) => Value::from(number),
                    // A time or a GUID, which has no quotes.
                    Err(_) => Value::String(word),
                },
            },
            _ => return None,
        })
    }
}

fn path(word: &str) -> Path {
    word.split('/').map(str::to_owned).collect()
}

impl Filter {
    /// Whether it holds for an object.
    pub(super) fn holds(&self, object: &Value) -> bool {
        match self {
            Self::And(a, b) => a.holds(object) && b.holds(object),
            Self::Or(a, b) => a.holds(object) || b.holds(object),
            Self::Not(inner) => !inner.holds(object),
            Self::Compare(path, comparison, wanted) => compare(at(object, path), *comparison, wanted),
            Self::In(path, all) => {
                let found = at(object, path);
                all.iter().any(|wanted| compare(found, Comparison::Eq, wanted))
            }
            Self::Affix { path, text, end } => at(object, path).as_str().is_some_and(|found| {
                let (found, text) = (found.to_lowercase(), text.to_lowercase());
                if *end {
                    found.ends_with(&text)
                } else {
                    found.starts_with(&text)
                }
            }),
            Self::Any(path, variable, inner) => {
                let all = at(object, path).as_array();
                all.is_some_and(|all| {
                    all.iter()
                        .any(|one| inner.holds(&serde_json::json!({ variable.as_str(): one })))
                })
            }
        }
    }

    /// Whether it needs the index of advanced queries
    /// (<https://learn.microsoft.com/graph/aad-advanced-queries>).
    pub(super) fn is_advanced(&self) -> bool {
        match self {
            Self::And(a, b) | Self::Or(a, b) => a.is_advanced() || b.is_advanced(),
            Self::Not(_) => true,
            Self::Compare(_, comparison, _) => *comparison == Comparison::Ne,
            Self::In(..) => false,
            Self::Affix { end, .. } => *end,
            Self::Any(_, _, inner) => inner.is_advanced(),
        }
    }

    /// The properties it looks at.
    pub(super) fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.properties(), b.properties()].concat(),
            Self::Not(inner) => inner.properties(),
            Self::Compare(path, ..) | Self::In(path, _) | Self::Affix { path, .. } | Self::Any(path, ..) => {
                path.first().map(String::as_str).into_iter().collect()
            }
        }
    }
}

fn at<'a>(object: &'a Value, path: &Path) -> &'a Value {
    path.iter().fold(object, |value, name| &value[name.as_str()])
}

/// Texts are compared without regard to case; times as texts, since Graph writes them all alike.
fn compare(found: &Value, comparison: Comparison, wanted: &Value) -> bool {
    let order = match (found, wanted) {
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Number(a), Value::Number(b)) => a.as_i64().zip(b.as_i64()).map(|(a, b)| a.cmp(&b)),
        (a, b) if a == b => Some(std::cmp::Ordering::Equal),
        _ => None,
    };
    match comparison {
        Comparison::Eq => order.is_some_and(|o| o.is_eq()),
        Comparison::Ne => !order.is_some_and(|o| o.is_eq()),
        Comparison::Ge => order.is_some_and(|o| o.is_ge()),
        Comparison::Le => order.is_some_and(|o| o.is_le()),
        Comparison::Gt => order.is_some_and(|o| o.is_gt()),
        Comparison::Lt => order.is_some_and(|o| o.is_lt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_hold_or_not() {
        let object = json!({"displayName": "It's Coldkeep", "appId": "a", "tags": ["x", "y"], "n": null, "on": true,
            "info": {"kind": "k"}, "createdDateTime": "2026-11-25T10:00:00Z"});
        for (text, holds) in [
            ("displayName eq 'it''s coldkeep'", true),
            ("appId eq 'a' and on eq true", true),
            ("appId eq 'b' or n eq null", true),
            ("appId eq 'b' or appId eq 'a' and on eq false", false),
            ("(appId eq 'a' or appId eq 'b') and not(on eq false)", true),
            ("startswith(displayName,'IT')", true),
            ("endsWith(displayName, 'keep')", true),
            ("appId in ('b', 'a')", true),
            ("appId ne 'a'", false),
            ("tags/any(t:t eq 'y')", true),
            ("tags/any(t: startswith(t,'z'))", false),
            ("info/kind eq 'k'", true),
            ("createdDateTime ge 2026-11-25T09:59:59Z", true),
            ("createdDateTime lt 2026-11-25T09:59:59Z", false),
        ] {
            assert_eq!(parse(text).unwrap().holds(&object), holds, "{text}");
        }
        for text in [
            "appId",
            "appId eq",
            "appId like 'a'",
            "appId eq 'a",
            "(appId eq 'a'",
            "contains(appId,'a')",
            "",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("not startswith(appId,'a')").unwrap().is_advanced());
        assert!(!parse("startswith(appId,'a')").unwrap().is_advanced());
    }
}
