//! The marker: whose folder it is, and whose key is trusted first.

use super::{Target, signed, target::WRITTEN_BY};
use crate::ground::Ground;
use coldkeep_azure::blob::Include;
use coldkeep_core::{
    Code, Problem, WriterPublicKey, fix,
    format::{self, DOMAIN_MARKER, Marker},
    id::TargetId,
    known_target::KnownTarget,
    problem::{Field, Verb},
    repository::check_target_place,
    target_finding::{Anomaly, TargetFinding},
};
use coldkeep_keys::WriterKey;

/// A marker is small; what is longer is none (`docs/format.md`).
const MARKER_BYTES_MAX: usize = 64 * 1024;

/// The blob with the marker's name.
#[derive(Debug, Clone)]
pub(crate) enum FoundMarker {
    Absent,
    Whole(Marker),
    /// Why it is none.
    Damaged(String),
    /// Of a later version.
    Unsupported(Problem),
}

impl Target {
    pub(crate) async fn find_marker(&self) -> Result<FoundMarker, Problem> {
        let Some((content, _)) = self
            .fetch_control(format::MARKER_NAME, None, MARKER_BYTES_MAX)
            .await?
        else {
            return Ok(FoundMarker::Absent);
        };
        Ok(self.read_marker(&content))
    }

    fn read_marker(&self, content: &[u8]) -> FoundMarker {
        let damaged = |why: &str| FoundMarker::Damaged(why.to_owned());
        // What a later version wrote may differ in everything but these two.
        let words = serde_json::Deserializer::from_slice(content)
            .into_iter::<Words>()
            .next();
        let what = format!("The marker `{}`", self.marker_name());
        if let Some(Ok(words)) = &words
            && let Err(problem) = format::check_readable(&what, words.format, &words.requires)
        {
            return FoundMarker::Unsupported(problem);
        }
        let Some(signed) = signed::open(DOMAIN_MARKER, content) else {
            return damaged("it is not signed");
        };
        if !signed.genuine {
            return damaged("its signature is invalid");
        }
        match serde_json::from_slice(signed.document) {
            Ok(marker) => FoundMarker::Whole(marker),
            Err(e) => damaged(&e.to_string()),
        }
    }

    /// The marker's name, whole.
    pub(super) fn marker_name(&self) -> String {
        format!("{}{}", self.prefix, format::MARKER_NAME)
    }

    /// A problem with the marker.
    pub(crate) fn of_marker(&self, strange: Anomaly) -> TargetFinding {
        strange.into_finding(&self.repository, &self.marker_name())
    }

    /// Refuses a folder that holds anything but Coldkeep's, one whose marker is lost, damaged or another one than before,
    /// and accounts with a hierarchical namespace. Answers with the marker, if it is there. Writes nothing.
    pub(crate) async fn check_usable(&self, ground: &Ground) -> Result<Option<Marker>, Problem> {
        check_target_place(self.container.container(), self.prefix.trim_end_matches('/'))?;
        if self.find_hierarchical(ground).await? == Some(true) {
            return Err(self.is_hierarchical());
        }
        let known = self.load_known(ground).await?;
        let mut found = self.find_marker().await?;
        if matches!(found, FoundMarker::Absent) {
            let Some(name) = self.fetch_first_name("").await? else {
                return self.check_empty(known.is_some()).map(|()| None);
            };
            // Another writer may have been the first just now.
            found = self.find_marker().await?;
            if matches!(found, FoundMarker::Absent) {
                return Err(self.why_unmarked(&name, known.is_some()).await?);
            }
        }
        match found {
            FoundMarker::Unsupported(problem) => Err(problem),
            FoundMarker::Damaged(why) => Err(refusal(self.of_marker(Anomaly::MarkerDamaged(why)))),
            FoundMarker::Absent => Ok(None),
            FoundMarker::Whole(marker) => {
                self.check_same(ground, &marker, known.as_ref()).await?;
                Ok(Some(marker))
            }
        }
    }

    /// Refuses a marker that is not of the target that is remembered.
    async fn check_same(
        &self,
        ground: &Ground,
        marker: &Marker,
        known: Option<&KnownTarget>,
    ) -> Result<(), Problem> {
        let Some(known) = known else { return Ok(()) };
        if marker.id == known.target_id && marker.writer_key == known.root {
            return Ok(());
        }
        let history = self.fetch_history(ground).await?;
        match history.change_of_marker(marker) {
            Some(why) => Err(refusal(self.of_marker(Anomaly::MarkerChanged(why)))),
            None => Ok(()),
        }
    }

    /// Refuses a folder that is empty and was Coldkeep's before.
    fn check_empty(&self, is_known: bool) -> Result<(), Problem> {
        if !is_known {
            return Ok(());
        }
        Err(Problem::new(
            Code::TargetDamaged,
            self.what("is empty: its marker and all its restore points are missing"),
            "Restore them, if the account keeps deleted blobs. If the target was emptied intentionally, \
             remove the repository and add it again.",
        ))
    }

    /// Why a folder with blobs and without a marker is no target. `name`: the first one.
    async fn why_unmarked(&self, name: &str, is_known: bool) -> Result<Problem, Problem> {
        if is_known || self.has_record().await? {
            return Ok(refusal(self.of_marker(Anomaly::MarkerLost)));
        }
        Ok(Problem::new(
            Code::TargetNotEmpty,
            format!(
                "{}: it holds blobs but no Coldkeep marker, for example `{name}`",
                self.what("is used by something else")
            ),
            fix![
                "Choose an empty container or folder as the target: ",
                Verb::RepositoryAdd.any().with(Field::Folder),
                "."
            ],
        ))
    }

    /// Whether the first blob below `commits/` has a record's name.
    pub(crate) async fn has_record(&self) -> Result<bool, Problem> {
        let first = self.fetch_first_name("commits/").await?;
        let first = first.as_ref().and_then(|name| name.strip_prefix(&self.prefix));
        Ok(first.and_then(format::commit_sequence).is_some())
    }

    /// Marks the folder as Coldkeep's, before anything else is written into it.
    pub(crate) async fn ensure_marker(&self, ground: &Ground) -> Result<Marker, Problem> {
        if let Some(marker) = self.check_usable(ground).await? {
            self.ensure_known(ground, &marker).await?;
            return Ok(marker);
        }
        let id = TargetId::new();
        let key = ground.ensure_writer_key(id).await?;
        if let Some(marker) = self.write_marker(id, key.public(), &key).await? {
            // The first blob of an empty target is the first that can show it.
            self.refuse_seen_hierarchical(&self.marker_name()).await?;
            self.ensure_known(ground, &marker).await?;
            return Ok(marker);
        }
        // Another writer was first: then its marker counts.
        ground.forget_writer_key(id).await?;
        match self.find_marker().await? {
            FoundMarker::Whole(marker) => {
                self.ensure_known(ground, &marker).await?;
                Ok(marker)
            }
            _ => Err(Problem::new(
                Code::MarkerUnreadable,
                self.what("has a marker that cannot be read back"),
                "Try again; if the problem persists, check the container.",
            )),
        }
    }

    /// None: there is one already.
    pub(crate) async fn write_marker(
        &self,
        id: TargetId,
        root: WriterPublicKey,
        key: &WriterKey,
    ) -> Result<Option<Marker>, Problem> {
        let marker = Marker {
            format: format::VERSION,
            requires: vec![],
            id,
            writer_key: root,
            created_at: self.now(),
            created_by: WRITTEN_BY.into(),
        };
        let content = signed::sign(key, DOMAIN_MARKER, &marker)?;
        let created = self
            .create_control(format::MARKER_NAME, content, "application/json")
            .await?;
        Ok(created.map(|_| marker))
    }

    /// The first name below a folder of this one.
    async fn fetch_first_name(&self, below: &str) -> Result<Option<String>, Problem> {
        let prefix = format!("{}{below}", self.prefix);
        let mut pages = self.container.list(&prefix, Include::default()).at_most(1);
        let cannot = |e: coldkeep_azure::Error| e.problem(self.what("cannot be listed"));
        while let Some(page) = pages.next().await.map_err(cannot)? {
            if let Some(blob) = page.blobs.into_iter().next() {
                return Ok(Some(blob.name));
            }
        }
        Ok(None)
    }
}

/// A finding that nothing can be done against but by a person.
pub(crate) fn refusal(finding: TargetFinding) -> Problem {
    Problem::new(Code::MarkerDamaged, finding.what, finding.fix)
}

#[derive(serde::Deserialize)]
struct Words {
    format: u32,
    #[serde(default)]
    requires: Vec<String>,
}
