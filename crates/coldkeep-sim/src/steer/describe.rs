//! The world as JSON: endpoints, ids, and credentials, which open nothing but this simulator.

use crate::{
    World,
    wire::read,
    world::{StorageAccount, unknown::Unknown},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;

/// How long the account signatures given out are good for.
const SAS_LIFETIME_HOURS: i64 = 30 * 24;

impl World {
    /// Everything a script needs to use the simulator.
    pub fn describe(&self) -> Result<Value, Unknown> {
        let app = self.ready_app()?;
        let directory = read(&self.directory);
        let resources = read(&self.resources);
        let tenants: Vec<Value> = directory
            .tenants
            .iter()
            .map(|t| json!({"id": t.id, "name": t.name, "domain": t.domain}))
            .collect();
        let users: Vec<Value> = directory
            .users
            .iter()
            .map(|u| json!({"user": u.principal_name, "object_id": u.object_id, "tenant_id": u.tenant_id}))
            .collect();
        let subscriptions: Vec<Value> = resources
            .subscriptions
            .iter()
            .map(|s| json!({"id": s.id, "name": s.name, "tenant_id": s.tenant_id}))
            .collect();
        let accounts: Vec<Value> = resources
            .accounts
            .values()
            .map(|a| {
                json!({
                    "name": a.name,
                    "resource_id": a.resource_id,
                    "endpoint": self.endpoints().blob.replace("{account}", &a.name),
                    "key": a.keys[0],
                    "sas": self.account_sas(a),
                    "versioning": a.versioning,
                    "containers": self.blobs.containers(&a.name).into_iter().map(|c| c.name).collect::<Vec<_>>(),
                })
            })
            .collect();
        Ok(json!({
            "now": self.now().to_string(),
            "endpoints": self.endpoints(),
            "folder": self.options().data.as_ref().map(|folder| folder.display().to_string()),
            "tenants": tenants,
            "users": users,
            "subscriptions": subscriptions,
            "accounts": accounts,
            "ready_app": app,
        }))
    }

    /// A signature for everything in an account
    /// (<https://learn.microsoft.com/rest/api/storageservices/create-account-sas>).
    fn account_sas(&self, account: &StorageAccount) -> String {
        let (permissions, version) = ("rwdlacuptf", "2022-11-02");
        let expiry = self
            .now()
            .checked_add(SignedDuration::from_hours(SAS_LIFETIME_HOURS))
            .unwrap_or_else(|_| self.now());
        let expiry = expiry.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let text = format!(
            "{}\n{permissions}\nb\nsco\n\n{expiry}\n\nhttps,http\n{version}\n\n",
            account.name
        );
        let key = STANDARD.decode(&account.keys[0]).unwrap_or_default();
        // HMAC takes keys of every length.
        let signature = Hmac::<Sha256>::new_from_slice(&key)
            .map(|mac| STANDARD.encode(mac.chain_update(text).finalize().into_bytes()))
            .unwrap_or_default();
        let encode = |s: &str| url::form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
        format!(
            "sv={version}&ss=b&srt=sco&sp={permissions}&se={}&spr={}&sig={}",
            encode(&expiry),
            encode("https,http"),
            encode(&signature)
        )
    }
}
