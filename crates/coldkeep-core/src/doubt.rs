//! What is uncertain about a name of a restore point, as data: it is stored in commit records permanently (`docs/format.md`).
//! The sentences for people are built where they are shown.

use crate::{Kind, Problem};
use serde::{Deserialize, Deserializer, Serialize, de::value::StringDeserializer};

/// A name whose state at the cut is not certain, or that is missing, and in what way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The name at the source, whole.
    pub name: String,
    #[serde(flatten)]
    pub kind: DoubtKind,
}

/// In what way a name is in doubt. The words (`kind` in JSON) are part of the stored format: one never changes its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DoubtKind {
    /// It could not be copied, and is not in the point.
    Missing {
        /// What sort of failure it was; none where a newer Coldkeep wrote a word for it that this one does not know.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "known_cause"
        )]
        cause: Option<Kind>,
        /// What failed, for people: a sentence without its full stop.
        #[serde(default)]
        detail: String,
    },
    /// It was deleted around the cut or after it, before it could be copied, and is not in the point.
    LeftOut,
    /// It was changed after the cut; its new state is in the point.
    NewStateTaken,
    /// It was deleted around the cut; whether it was there at that moment is not known, and it is in the point.
    DeletedAroundCut,
    /// It was deleted around the cut and created again; its last state before is in the point.
    RecreatedAroundCut,
    /// It is older than the first look at the source, which did not show it.
    AppearedLate,
    /// It is dated before the cut, but only the look after the copy showed it.
    ShownAfterCopyOnly,
    /// It is dated before the cut, but the look after the copy showed another state than was copied.
    OtherStateAfterCopy,
    /// It has metadata that can no longer be written; the entries of these keys are not in the point.
    MetadataNotKept { keys: Vec<String> },
    /// A newer Coldkeep wrote it: the name is in doubt, in a way that this one does not know.
    #[serde(untagged)]
    Unknown { kind: String },
}

impl DoubtKind {
    /// Of a blob that is not in the point because this failed.
    pub fn missing(problem: &Problem) -> Self {
        Self::Missing {
            cause: Some(problem.kind),
            detail: problem.what.clone(),
        }
    }

    /// About what it takes in memory beyond its own size.
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Missing { detail, .. } => detail.len(),
            Self::MetadataNotKept { keys } => keys.iter().map(|key| size_of::<String>() + key.len()).sum(),
            Self::Unknown { kind } => kind.len(),
            _ => 0,
        }
    }
}

fn known_cause<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Kind>, D::Error> {
    let word = Option::<String>::deserialize(from)?;
    let known = |word: String| Kind::deserialize(StringDeserializer::<D::Error>::new(word)).ok();
    Ok(word.and_then(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_has_its_word_and_reads_as_it_was_written() {
        let missing = Problem::new(crate::Code::PermissionMissing, "It failed", "Do it again.");
        for (kind, stored) in [
            (
                DoubtKind::missing(&missing),
                json!({"name": "n", "kind": "missing", "cause": "denied", "detail": "It failed"}),
            ),
            (DoubtKind::LeftOut, json!({"name": "n", "kind": "left_out"})),
            (
                DoubtKind::NewStateTaken,
                json!({"name": "n", "kind": "new_state_taken"}),
            ),
            (
                DoubtKind::DeletedAroundCut,
                json!({"name": "n", "kind": "deleted_around_cut"}),
            ),
            (
                DoubtKind::RecreatedAroundCut,
                json!({"name": "n", "kind": "recreated_around_cut"}),
            ),
            (
                DoubtKind::AppearedLate,
                json!({"name": "n", "kind": "appeared_late"}),
            ),
            (
                DoubtKind::ShownAfterCopyOnly,
                json!({"name": "n", "kind": "shown_after_copy_only"}),
            ),
            (
                DoubtKind::OtherStateAfterCopy,
                json!({"name": "n", "kind": "other_state_after_copy"}),
            ),
            (
                DoubtKind::MetadataNotKept {
                    keys: vec!["a-b".into()],
                },
                json!({"name": "n", "kind": "metadata_not_kept", "keys": ["a-b"]}),
            ),
        ] {
            let doubt = Doubt {
                name: "n".into(),
                kind,
            };
            assert_eq!(serde_json::to_value(&doubt).unwrap(), stored);
            assert_eq!(serde_json::from_value::<Doubt>(stored).unwrap(), doubt);
        }
    }

    #[test]
    fn what_a_newer_coldkeep_wrote_is_still_a_doubt() {
        let newer = json!({"name": "n", "kind": "melted", "degrees": 3});
        let doubt: Doubt = serde_json::from_value(newer).unwrap();
        assert_eq!(
            (doubt.name.as_str(), &doubt.kind),
            (
                "n",
                &DoubtKind::Unknown {
                    kind: "melted".into()
                }
            )
        );
        let newer = json!({"name": "n", "kind": "missing", "cause": "melted", "detail": "It melted"});
        let doubt: Doubt = serde_json::from_value(newer).unwrap();
        assert_eq!(
            doubt.kind,
            DoubtKind::Missing {
                cause: None,
                detail: "It melted".into()
            }
        );
        assert!(serde_json::from_value::<Doubt>(json!({"name": "n"})).is_err());
    }
}
