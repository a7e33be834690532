//! How a restore point is named: by its id, or by its repository and its id.

use crate::{Code, Problem, fix, id::PointId, problem::Verb};
use std::{fmt, str::FromStr};

/// `POINT` or `REPOSITORY/POINT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointAddress {
    /// Its name or id; none: whichever repository has the point.
    pub repository: Option<String>,
    pub id: PointId,
}

impl PointAddress {
    pub fn new(repository: Option<String>, id: PointId) -> Self {
        Self { repository, id }
    }
}

impl From<PointId> for PointAddress {
    fn from(id: PointId) -> Self {
        Self::new(None, id)
    }
}

impl From<&PointAddress> for PointAddress {
    fn from(address: &PointAddress) -> Self {
        address.clone()
    }
}

impl fmt::Display for PointAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repository {
            Some(repository) => write!(f, "{repository}/{}", self.id),
            None => self.id.fmt(f),
        }
    }
}

impl FromStr for PointAddress {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let (repository, id) = match text.rsplit_once('/') {
            Some((repository, id)) => (Some(repository), id),
            None => (None, text),
        };
        match id.parse() {
            Ok(id) if repository != Some("") => Ok(Self::new(repository.map(Into::into), id)),
            _ => Err(Problem::new(
                Code::PointAddressInvalid,
                format!("`{text}` is not a restore point"),
                fix![
                    "Give POINT or REPOSITORY/POINT. To list them: ",
                    Verb::PointList.any(),
                    "."
                ],
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_named_with_or_without_its_repository() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for text in [id.to_owned(), format!("my vault/{id}")] {
            assert_eq!(text.parse::<PointAddress>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "vault",
            "vault/",
            "vault/x",
            &format!("/{id}"),
            &format!("{id}/"),
        ] {
            assert!(text.parse::<PointAddress>().is_err(), "{text}");
        }
    }
}
