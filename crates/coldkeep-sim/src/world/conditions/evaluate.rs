//! Whether a condition holds. What a request has no such attribute of equals nothing, begins with nothing and differs from
//! nothing: every comparison with it is false, the negated ones too.

use super::{
    condition::{Attribute, Circumstances, Comparison, Expression, Kind, SubOperation, SubOperations, Value},
    glob,
};
use crate::world::role::pattern_matches;

pub(super) fn holds(expression: &Expression, action: &str, circumstances: &Circumstances<'_>) -> bool {
    let inner = |expression: &Expression| holds(expression, action, circumstances);
    match expression {
        Expression::Action(pattern) => pattern_matches(pattern, action),
        Expression::SubOperation(what) => what.is_done(circumstances.does),
        Expression::Exists(attribute) => circumstances.value(*attribute).is_some(),
        Expression::Compare {
            attribute,
            comparison,
            values,
            for_all,
        } => {
            let Some(found) = circumstances.value(*attribute) else {
                return false;
            };
            let holds = |value: &Value| comparison.holds(&found, value);
            if *for_all {
                values.iter().all(holds)
            } else {
                values.iter().any(holds)
            }
        }
        Expression::Not(negated) => !inner(negated),
        Expression::All(all) => all.iter().all(inner),
        Expression::Any(all) => all.iter().any(inner),
    }
}

impl SubOperation {
    fn is_done(self, does: SubOperations) -> bool {
        match self {
            Self::List => does.list,
            Self::WriteTier => does.write_tier,
            Self::WriteWithTags => does.write_with_tags,
            Self::ReadWithTagConditions => does.read_with_tag_conditions,
        }
    }
}

impl Circumstances<'_> {
    fn value(&self, attribute: Attribute) -> Option<Value> {
        let text = match attribute {
            Attribute::Account => self.account,
            Attribute::HasDirectories => return self.has_directories.map(Value::Bool),
            Attribute::Container => self.container,
            Attribute::Path => self.path,
            Attribute::Prefix => self.prefix,
        };
        text.map(|text| Value::Text(text.to_owned()))
    }
}

impl Comparison {
    fn holds(self, found: &Value, wanted: &Value) -> bool {
        let is_so = match (found, wanted) {
            (Value::Bool(found), Value::Bool(wanted)) => self.kind == Kind::Bool && found == wanted,
            (Value::Text(found), Value::Text(wanted)) if self.ignore_case => {
                self.of_texts(&found.to_lowercase(), &wanted.to_lowercase())
            }
            (Value::Text(found), Value::Text(wanted)) => self.of_texts(found, wanted),
            _ => return false,
        };
        is_so != self.negated
    }

    fn of_texts(self, found: &str, wanted: &str) -> bool {
        match self.kind {
            Kind::Equals => found == wanted,
            Kind::StartsWith => found.starts_with(wanted),
            Kind::Like => glob::matches(wanted, found),
            Kind::Bool => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::conditions::condition::Condition;

    const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

    fn holds(condition: &str, action: &str, circumstances: Circumstances<'_>) -> bool {
        let condition = condition.replace("BLOBS", BLOBS);
        let condition = Condition::parse(&condition).unwrap_or_else(|why| panic!("{condition}: {why}"));
        condition.holds(&format!("{BLOBS}/{action}"), &circumstances)
    }

    fn at(path: &str) -> Circumstances<'_> {
        Circumstances {
            account: Some("acct"),
            has_directories: Some(false),
            container: Some("cont"),
            path: Some(path),
            ..Circumstances::default()
        }
    }

    fn listing(prefix: Option<&str>) -> Circumstances<'_> {
        Circumstances {
            container: Some("cont"),
            prefix,
            does: SubOperations {
                list: true,
                ..SubOperations::default()
            },
            ..Circumstances::default()
        }
    }

    #[test]
    fn writing_is_confined_to_a_folder_and_the_rest_is_left_alone() {
        let confined = "((!(ActionMatches{'BLOBS/write'})) OR (@Resource[BLOBS:path] StringLike 'x/b/*'))";
        assert!(holds(confined, "write", at("x/b/1")));
        assert!(!holds(confined, "write", at("x/c/1")));
        assert!(!holds(confined, "write", at("x/bb")));
        assert!(holds(confined, "read", at("x/c/1")));
        assert!(holds(confined, "add/action", at("x/c/1")));
        assert!(
            !holds(confined, "write", Circumstances::default()),
            "a write to nothing that has a path"
        );
    }

    #[test]
    fn the_portal_s_reading_under_a_path_and_listing_under_a_prefix() {
        let read = "(\n (\n  !(ActionMatches{'BLOBS/read'} AND NOT SubOperationMatches{'Blob.List'})\n )\n OR \n (\n  \
                    @Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'cont'\n  AND\n  \
                    @Resource[BLOBS:path] StringLike 'readonly/*'\n )\n)";
        assert!(holds(read, "read", at("readonly/a")));
        assert!(!holds(read, "read", at("other/a")));
        assert!(holds(read, "read", listing(None)), "listing is another matter");
        let list = "((!(ActionMatches{'BLOBS/read'} && SubOperationMatches{'Blob.List'})) || \
                    (@Request[BLOBS:prefix] StringStartsWith 'uploads/'))";
        assert!(holds(list, "read", listing(Some("uploads/c"))));
        assert!(!holds(list, "read", listing(Some("other"))));
        assert!(!holds(list, "read", listing(None)));
        assert!(holds(list, "read", at("anything")));
    }

    #[test]
    fn operators_negate_and_mind_the_case() {
        let path = |operator: &str| format!("@Resource[BLOBS:path] {operator} 'A/b'");
        let met = |operator: &str, name: &str| holds(&path(operator), "read", at(name));
        assert!(met("StringEquals", "A/b") && !met("StringEquals", "a/b"));
        assert!(met("stringEqualsIgnoreCase", "a/B") && met("StringNotEquals", "a/b"));
        assert!(met("StringStartsWith", "A/bc") && !met("StringNotStartsWith", "A/bc"));
        assert!(met("StringLikeIgnoreCase", "a/B") && met("StringNotLike", "a/b"));
        let absent = Circumstances::default();
        assert!(
            !holds(&path("StringEquals"), "read", absent) && !holds(&path("StringNotEquals"), "read", absent)
        );
        assert!(holds("NOT Exists @Request[BLOBS:prefix]", "read", at("x")));
        assert!(holds(
            "@Resource[Microsoft.Storage/storageAccounts:isHnsEnabled] BoolEquals false",
            "read",
            at("x")
        ));
        let any = "@Resource[BLOBS:path] ForAnyOfAnyValues:StringEquals {'x', 'y'}";
        assert!(holds(any, "read", at("y")) && !holds(any, "read", at("z")));
    }
}
