//! Custom clouds. The built-in ones are part of the program and not stored.

use crate::failure::Noun;
use crate::pool::Value;
use crate::{documents::to_body, pool::Store};
use coldkeep_core::{Problem, cloud::Cloud};

impl Store {
    /// Adds a cloud. Fails with a conflict if there is one of that name.
    pub async fn save_cloud(&self, cloud: &Cloud) -> Result<(), Problem> {
        let created_at_ms = cloud.created_at.map_or(0, |t| t.as_millisecond());
        self.execute(
            "insert into cloud (name, created_at_ms, body) values ($1, $2, $3)",
            vec![(&cloud.name).into(), Value::Int(created_at_ms), to_body(cloud)?],
        )
        .await
        .map_err(|f| f.saving(Noun::Cloud, &cloud.name))?;
        Ok(())
    }

    /// The custom cloud of that name.
    pub async fn load_cloud(&self, name: &str) -> Result<Option<Cloud>, Problem> {
        self.load_one("select body from cloud where name = $1", vec![name.into()])
            .await
    }

    /// Custom clouds by name.
    pub async fn list_clouds(&self) -> Result<Vec<Cloud>, Problem> {
        self.load_all("select body from cloud order by name", vec![])
            .await
    }

    /// False if there was none.
    pub async fn delete_cloud(&self, name: &str) -> Result<bool, Problem> {
        let deleted = self
            .execute("delete from cloud where name = $1", vec![name.into()])
            .await;
        Ok(deleted.map_err(|f| f.deleting(Noun::Cloud, name, "service accounts or repositories"))? > 0)
    }
}
