//! What holds for the whole of Coldkeep, by name.

use crate::{
    documents::{Setting, to_body},
    failure::Noun,
    pool::Store,
};
use coldkeep_core::Problem;
use serde::{Serialize, de::DeserializeOwned};

impl Store {
    /// Keeps a setting, replacing its earlier value.
    pub async fn save_setting<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Problem> {
        self.execute(
            "insert into setting (name, body) values ($1, $2) on conflict (name) do update set body = excluded.body",
            vec![name.into(), to_body(&Setting(value))?],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("setting"), name))?;
        Ok(())
    }

    /// Keeps a setting that was never set. False: it has a value, which stays.
    pub async fn save_first_setting<T: Serialize>(&self, name: &str, value: &T) -> Result<bool, Problem> {
        let created = self
            .execute(
                "insert into setting (name, body) values ($1, $2) on conflict (name) do nothing",
                vec![name.into(), to_body(&Setting(value))?],
            )
            .await
            .map_err(|f| f.saving(Noun::Other("setting"), name))?;
        Ok(created > 0)
    }

    /// None if it was never set.
    pub async fn load_setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let found = self.load_one("select body from setting where name = $1", vec![name.into()]);
        Ok(found.await?.map(|Setting(value)| value))
    }
}
