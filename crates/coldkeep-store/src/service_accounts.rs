//! Azure service accounts. Their client secrets are kept apart, see [`Store::save_secret`].

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{
    Problem,
    id::ServiceAccountId,
    service_account::{Credential, ServiceAccount, State},
};

impl Store {
    /// Adds or replaces a service account. Fails with a conflict if another one has its name.
    pub async fn save_service_account(&self, account: &ServiceAccount) -> Result<(), Problem> {
        let certificate_id = match &account.credential {
            Credential::Certificate { certificate_id, .. } => Some(certificate_id.to_string()),
            Credential::Secret { .. } => None,
        };
        let state = match account.state {
            State::Incomplete => "incomplete",
            State::Ready => "ready",
            State::Removing => "removing",
        };
        self.execute(
            "insert into service_account (id, name, state, certificate_id, created_at_ms, body) \
             values ($1, $2, $3, $4, $5, $6) on conflict (id) do update set name = excluded.name, \
             state = excluded.state, certificate_id = excluded.certificate_id, body = excluded.body",
            vec![
                (&account.id).into(),
                (&account.name).into(),
                state.into(),
                Value::Maybe(certificate_id),
                Value::Int(account.created_at.as_millisecond()),
                to_body(account)?,
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::ServiceAccount, &account.name))?;
        Ok(())
    }

    pub async fn load_service_account(
        &self,
        id: ServiceAccountId,
    ) -> Result<Option<ServiceAccount>, Problem> {
        self.load_one(
            "select body from service_account where id = $1",
            vec![(&id).into()],
        )
        .await
    }

    pub async fn load_service_account_by_name(&self, name: &str) -> Result<Option<ServiceAccount>, Problem> {
        self.load_one(
            "select body from service_account where name = $1",
            vec![name.into()],
        )
        .await
    }

    /// `key`: id or name.
    pub async fn find_service_account(&self, key: &str) -> Result<Option<ServiceAccount>, Problem> {
        self.find::<ServiceAccountId, _>(
            "select body from service_account where id = $1 or name = $2 order by case when id = $1 then 0 else 1 end limit 1",
            key,
        )
        .await
    }

    /// By name.
    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccount>, Problem> {
        self.load_all("select body from service_account order by name", vec![])
            .await
    }

    /// False if there was none. Fails with a conflict while a repository is opened by it.
    pub async fn delete_service_account(&self, id: ServiceAccountId) -> Result<bool, Problem> {
        let deleted = self
            .execute("delete from service_account where id = $1", vec![(&id).into()])
            .await;
        Ok(deleted.map_err(|f| f.deleting(Noun::ServiceAccount, &id.to_string(), "repositories"))? > 0)
    }
}
