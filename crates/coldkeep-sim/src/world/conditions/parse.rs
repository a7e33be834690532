//! Reads a condition by recursive descent.
//!
//! `AND` and `OR` beside each other without brackets are refused, since Microsoft calls their order ambiguous
//! (<https://learn.microsoft.com/azure/role-based-access-control/conditions-format#grouping-and-precedence>).

use super::condition::{Attribute, Comparison, Expression, Kind, NoCondition, SubOperation, Value};

/// <https://learn.microsoft.com/azure/role-based-access-control/conditions-faq>
const LENGTH_MAX_BYTES: usize = 8 << 10;

/// Brackets and negations within each other; our own limit, so that no request can exhaust the stack.
const DEPTH_MAX: usize = 32;

const BLOB_SERVICE: &str = "Microsoft.Storage/storageAccounts/blobServices/";

pub(super) fn expression(text: &str) -> Result<Expression, NoCondition> {
    if text.len() > LENGTH_MAX_BYTES {
        return Err(NoCondition(format!("it is longer than {LENGTH_MAX_BYTES} bytes")));
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let expression = parser.joined()?;
    parser.skip();
    if parser.rest.is_empty() {
        Ok(expression)
    } else {
        Err(parser.expected("`AND`, `OR` or the end"))
    }
}

/// Reads from the front of a text.
struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

/// How expressions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

impl<'t> Parser<'t> {
    /// Expressions joined by one of the words.
    fn joined(&mut self) -> Result<Expression, NoCondition> {
        let first = self.one()?;
        let Some(joint) = self.joint() else {
            return Ok(first);
        };
        let mut all = vec![first, self.one()?];
        while let Some(next) = self.joint() {
            if next != joint {
                return Err(NoCondition(
                    "`AND` and `OR` stand beside each other without brackets".to_owned(),
                ));
            }
            all.push(self.one()?);
        }
        Ok(match joint {
            Joint::And => Expression::All(all),
            Joint::Or => Expression::Any(all),
        })
    }

    fn joint(&mut self) -> Option<Joint> {
        if self.take("&&") || self.take_word("AND") {
            Some(Joint::And)
        } else if self.take("||") || self.take_word("OR") {
            Some(Joint::Or)
        } else {
            None
        }
    }

    fn one(&mut self) -> Result<Expression, NoCondition> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(NoCondition(format!("more than {DEPTH_MAX} brackets are open")));
        }
        let read = self.negated_or_simple();
        self.depth -= 1;
        read
    }

    fn negated_or_simple(&mut self) -> Result<Expression, NoCondition> {
        if self.take("!") || self.take_word("NOT") {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.take("(") {
            let inner = self.joined()?;
            self.demand(")")?;
            return Ok(inner);
        }
        if self.take_word("ActionMatches") {
            return self.action();
        }
        if self.take_word("SubOperationMatches") {
            return self.sub_operation();
        }
        if self.take_word("Exists") {
            return self.attribute().map(Expression::Exists);
        }
        self.comparison()
    }

    fn action(&mut self) -> Result<Expression, NoCondition> {
        let pattern = self.in_braces()?;
        let of_blobs = pattern
            .get(..BLOB_SERVICE.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(BLOB_SERVICE));
        if of_blobs {
            Ok(Expression::Action(pattern.to_owned()))
        } else {
            Err(NoCondition(format!("`{pattern}` is no action of Blob Storage")))
        }
    }

    fn sub_operation(&mut self) -> Result<Expression, NoCondition> {
        let name = self.in_braces()?;
        let known = [
            ("Blob.List", SubOperation::List),
            ("Blob.Write.Tier", SubOperation::WriteTier),
            ("Blob.Write.WithTagHeaders", SubOperation::WriteWithTags),
            ("Blob.Read.WithTagConditions", SubOperation::ReadWithTagConditions),
        ];
        let found = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, operation)| Expression::SubOperation(*operation))
            .ok_or_else(|| NoCondition(format!("`{name}` is no suboperation")))
    }

    fn comparison(&mut self) -> Result<Expression, NoCondition> {
        let attribute = self.attribute()?;
        self.skip();
        let word = self.word();
        let (quantifier, operator) = match word.split_once(':') {
            Some((quantifier, operator)) => (Some(quantifier), operator),
            None => (None, word),
        };
        let comparison = operator_of(operator).ok_or_else(|| self.expected("an operator"))?;
        // An attribute has one value, so only the second half matters.
        let for_all = match quantifier.map(str::to_ascii_lowercase).as_deref() {
            None | Some("foranyofanyvalues" | "forallofanyvalues") => false,
            Some("foranyofallvalues" | "forallofallvalues") => true,
            Some(_) => return Err(self.expected("a known `For…Of…Values`")),
        };
        let values = self.values(quantifier.is_some())?;
        let of_flag = attribute == Attribute::HasDirectories;
        let fits = |value: &Value| matches!(value, Value::Bool(_)) == of_flag;
        if (comparison.kind == Kind::Bool) != of_flag || !values.iter().all(fits) {
            return Err(NoCondition(format!("`{operator}` does not fit what it compares")));
        }
        Ok(Expression::Compare {
            attribute,
            comparison,
            values,
            for_all,
        })
    }

    fn attribute(&mut self) -> Result<Attribute, NoCondition> {
        self.skip();
        let source = ["@Resource[", "@Request["]
            .into_iter()
            .find(|source| self.take(source));
        let Some(source) = source else {
            return Err(self.expected("`@Resource[…]`, `@Request[…]` or another expression"));
        };
        let end = self.rest.find(']').ok_or_else(|| self.expected("`]`"))?;
        let name = &self.rest[..end];
        let known = [
            (
                "@Resource[",
                "Microsoft.Storage/storageAccounts:name",
                Attribute::Account,
            ),
            (
                "@Resource[",
                "Microsoft.Storage/storageAccounts:isHnsEnabled",
                Attribute::HasDirectories,
            ),
            (
                "@Resource[",
                "Microsoft.Storage/storageAccounts/blobServices/containers:name",
                Attribute::Container,
            ),
            (
                "@Resource[",
                "Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path",
                Attribute::Path,
            ),
            (
                "@Request[",
                "Microsoft.Storage/storageAccounts/blobServices/containers/blobs:prefix",
                Attribute::Prefix,
            ),
        ];
        let found = known
            .iter()
            .find(|(of, known, _)| *of == source && known.eq_ignore_ascii_case(name.trim()));
        let (.., attribute) =
            found.ok_or_else(|| NoCondition(format!("`{source}{name}]` is no attribute known here")))?;
        self.rest = &self.rest[end + 1..];
        Ok(*attribute)
    }

    /// One value, or several in braces behind a quantifier.
    fn values(&mut self, several: bool) -> Result<Vec<Value>, NoCondition> {
        if !several {
            return Ok(vec![self.value()?]);
        }
        self.demand("{")?;
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        self.demand("}")?;
        Ok(values)
    }

    fn value(&mut self) -> Result<Value, NoCondition> {
        if self.take_word("true") {
            return Ok(Value::Bool(true));
        }
        if self.take_word("false") {
            return Ok(Value::Bool(false));
        }
        Ok(Value::Text(self.quoted()?.to_owned()))
    }

    fn in_braces(&mut self) -> Result<&'t str, NoCondition> {
        self.demand("{")?;
        let text = self.quoted()?;
        self.demand("}")?;
        Ok(text)
    }

    fn quoted(&mut self) -> Result<&'t str, NoCondition> {
        self.demand("'")?;
        let (text, rest) = self
            .rest
            .split_once('\'')
            .ok_or_else(|| self.expected("a closing `'`"))?;
        self.rest = rest;
        Ok(text)
    }

    fn demand(&mut self, token: &str) -> Result<(), NoCondition> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.expected(&format!("`{token}`")))
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a token; names of sources in any case.
    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let found = self
            .rest
            .get(..token.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(token));
        if found {
            self.rest = &self.rest[token.len()..];
        }
        found
    }

    /// Takes a word that ends there, in any case.
    fn take_word(&mut self, word: &str) -> bool {
        self.skip();
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.rest = &self.rest[word.len()..];
        }
        found
    }

    fn peek_word(&self) -> &'t str {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != ':');
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    fn word(&mut self) -> &'t str {
        let word = self.peek_word();
        self.rest = &self.rest[word.len()..];
        word
    }

    fn expected(&self, what: &str) -> NoCondition {
        let mut ahead: String = self.rest.chars().take(24).collect();
        if ahead.is_empty() {
            ahead.push_str("the end");
        }
        NoCondition(format!("{what} is expected before `{ahead}`"))
    }
}

/// <https://learn.microsoft.com/azure/role-based-access-control/conditions-format#string-comparison-operators>
fn operator_of(word: &str) -> Option<Comparison> {
    let lower = word.to_ascii_lowercase();
    let (rest, of_flag) = match lower.strip_prefix("string") {
        Some(rest) => (rest, false),
        None => (lower.strip_prefix("bool")?, true),
    };
    let (rest, ignore_case) = match rest.strip_suffix("ignorecase") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (rest, negated) = match rest.strip_prefix("not") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let kind = match (rest, of_flag) {
        ("equals", true) if !ignore_case => Kind::Bool,
        ("equals", false) => Kind::Equals,
        ("startswith", false) => Kind::StartsWith,
        ("like", false) => Kind::Like,
        _ => return None,
    };
    Some(Comparison {
        kind,
        negated,
        ignore_case,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path]";

    #[test]
    fn what_is_not_understood_is_no_condition() {
        for bad in [
            "",
            "()",
            "true",
            "nonsense",
            "ActionMatches",
            "ActionMatches{}",
            "ActionMatches{'Microsoft.Compute/virtualMachines/read'}",
            "ActionMatches{'x",
            "SubOperationMatches{'Blob.Unheard'}",
            "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:prefix] StringEquals 'a'",
            "@Request[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringEquals 'a'",
            "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:a_b] StringEquals 'a'",
            "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00.0Z'",
            "PATH StringEquals",
            "PATH StringEquals a",
            "PATH StringEquals 'a",
            "PATH StringEquals {'a'}",
            "PATH ForAnyOfAnyValues:StringEquals 'a'",
            "PATH ForSomeValues:StringEquals {'a'}",
            "PATH StringMatches 'a'",
            "PATH BoolEquals true",
            "PATH StringEquals true",
            "PATH StringEquals 'a' PATH StringEquals 'b'",
            "PATH StringEquals 'a' AND",
            "PATH StringEquals 'a' XOR PATH StringEquals 'b'",
            "PATH StringEquals 'a' AND PATH StringEquals 'b' OR PATH StringEquals 'c'",
            "(PATH StringEquals 'a'",
            "PATH StringEquals 'a')",
            "!",
            "Exists",
            "@Resource[Microsoft.Storage/storageAccounts:isHnsEnabled] StringEquals 'true'",
        ] {
            let text = bad.replace("PATH", PATH);
            assert!(expression(&text).is_err(), "{text}");
        }
        assert!(expression(&format!("{}{PATH} StringEquals 'a'", "!".repeat(100_000))).is_err());
        assert!(expression(&format!("{}{PATH} StringEquals 'a'", "!".repeat(40))).is_err());
        assert!(expression(&"(".repeat(4_000)).is_err());
    }

    #[test]
    fn words_have_no_case_and_need_no_room() {
        for good in [
            "PATH stringEquals 'a' and not PATH STRINGLIKE '*'",
            "!PATH StringEquals 'a'||(PATH StringLike 'b')",
            "!!PATH StringEquals 'it is a value'",
            "((((PATH StringEquals 'ü'))))",
            "PATH StringEquals 'a' AND PATH StringEquals 'b' AND PATH StringEquals 'c'",
        ] {
            let text = good.replace("PATH", PATH);
            assert!(expression(&text).is_ok(), "{text}: {:?}", expression(&text));
        }
    }
}
