//! Use cases of restore points.

use crate::{
    Engine,
    requests::{FilesPage, Verification},
};
use bytes::Bytes;
use coldkeep_core::{Problem, id::PointId, point::Point};
use futures::stream::BoxStream;

impl Engine {
    /// Read from the targets themselves, oldest first; of one repository or of all.
    pub async fn list_points(&self, _repository: Option<&str>) -> Result<Vec<Point>, Problem> {
        todo!()
    }
    pub async fn show_point(&self, _id: PointId) -> Result<Point, Problem> {
        todo!()
    }
    /// Entries in name order, after `after`, at most `limit`.
    pub async fn list_files(&self, _id: PointId, _after: Option<&str>, _limit: usize) -> Result<FilesPage, Problem> {
        todo!()
    }
    /// The content of one blob of the point.
    pub async fn open_file(
        &self,
        _id: PointId,
        _name: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, Problem>>, Problem> {
        todo!()
    }
    pub async fn verify_point(&self, _id: PointId, _deep: bool) -> Result<Verification, Problem> {
        todo!()
    }
}
