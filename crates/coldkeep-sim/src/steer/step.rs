//! What the control API and scenario files do to the world alike: one step each.

use super::{fill, refused::Refused};
use crate::{
    World, arm,
    blob::is_rule,
    storage::tier::ArchiveRefusal,
    wire::{
        NameOrder, Service,
        checked::{Check, Checked},
        read,
    },
    world::{
        Principal, conditions::Condition, faults::Fault, sign_in_rules::SignInRules, throttle::Limit,
        unknown::Unknown,
    },
};
use coldkeep_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// One change. In JSON an object with one key: `{"fault": {...}}`, `{"advance_clock": {"seconds": 3600}}`, `"clear_faults"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    /// Puts a fault in force.
    Fault(Checked<Fault>),
    ClearFaults,
    /// Puts a limit in force.
    Throttle(Checked<Limit>),
    ClearThrottles,
    AdvanceClock(Checked<Advance>),
    Clock(ClockChange),
    Settings(Checked<Settings>),
    /// By the account's name.
    Accounts(BTreeMap<String, Checked<AccountChange>>),
    /// Gives a role.
    Grant(Grant),
    /// Removes credentials from an application.
    RevokeCredentials(Revocation),
    /// Ends a person's sign-ins: their refresh tokens are worth nothing any more.
    RevokeSessions(Person),
    Container(Checked<fill::Container>),
    SeedBlobs(Checked<fill::Fill>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    seconds: i64,
}

impl Check for Advance {
    fn check(&self) -> Result<(), String> {
        const MAX_YEARS: i64 = 100;
        if self.seconds.unsigned_abs() <= (MAX_YEARS * 366 * 24 * 3600).unsigned_abs() {
            return Ok(());
        }
        Err(format!(
            "{} seconds are more than {MAX_YEARS} years: the clock cannot advance further in one request",
            self.seconds
        ))
    }
}

/// Sets, stops or resumes the clock.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClockChange {
    now: Option<Timestamp>,
    frozen: Option<bool>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    log: Option<bool>,
    replication_lag_s: Option<u32>,
    /// Bytes a second that Copy Blob takes its time for; 0: none.
    copy_bytes_per_s: Option<u64>,
    name_order: Option<NameOrder>,
    sign_in: Option<SignInRules>,
    /// How Archive is refused where an account's redundancy does not have it.
    archive_refused_as: Option<ArchiveRefusal>,
    /// `""`: that of the connection.
    client_address: Option<String>,
    /// How far the clock of each service (`login`, `graph`, `arm`, `blob`) is ahead.
    skew_s: BTreeMap<String, i64>,
    /// How much longer every answer of each service takes.
    latency_ms: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccountChange {
    versioning: Option<bool>,
    allow_shared_key: Option<bool>,
    /// Days; 0: off.
    blob_soft_delete_days: Option<u32>,
    container_soft_delete_days: Option<u32>,
    version_level_immutability: Option<bool>,
    allow_public_access: Option<bool>,
    /// `AAD` or `PrivateLink`; `""`: from anywhere.
    allowed_copy_scope: Option<String>,
    /// The only allowed clients, by IPv4 address or range; `[]`: none; `null`: all.
    #[serde(deserialize_with = "given")]
    ip_rules: Option<Option<Vec<String>>>,
    /// Replaces both keys: the old ones, and signatures created with them, become invalid.
    new_keys: bool,
}

/// Distinguishes `null` from a missing member.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// Object id, application id or user principal name.
    principal: String,
    /// A role's display name or GUID.
    role: String,
    scope: String,
    /// Where it gives nothing unless that holds.
    #[serde(default)]
    condition: Option<Condition>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// Application (client) id or object id.
    application: String,
    /// One certificate or secret; none: all.
    #[serde(default)]
    key_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    user: String,
}

impl Check for Settings {
    fn check(&self) -> Result<(), String> {
        self.skew_s
            .keys()
            .chain(self.latency_ms.keys())
            .try_for_each(|name| Service::of_azure(name).map(drop))?;
        match self.client_address.as_deref() {
            Some(address) if !address.is_empty() && address.parse::<Ipv4Addr>().is_err() => {
                Err(format!("client_address: `{address}` is not an IPv4 address"))
            }
            _ => Ok(()),
        }
    }
}

impl Check for AccountChange {
    fn check(&self) -> Result<(), String> {
        let scope = self
            .allowed_copy_scope
            .as_deref()
            .filter(|scope| !scope.is_empty());
        if let Some(scope) = scope.filter(|scope| !arm::is_copy_scope(scope)) {
            return Err(format!(
                "allowed_copy_scope: `{scope}` is neither `AAD` nor `PrivateLink`"
            ));
        }
        let mut rules = self.ip_rules.iter().flatten().flatten();
        match rules.find(|rule| !is_rule(rule)) {
            Some(rule) => Err(format!("ip_rules: `{rule}` is not an IPv4 address or range")),
            None => Ok(()),
        }
    }
}

impl Grant {
    fn principal(&self, world: &World) -> Result<Principal, Unknown> {
        let found = world.principal(&self.principal);
        found.ok_or_else(|| Unknown(format!("principal `{}`", self.principal)))
    }
}

impl Step {
    /// Refuses a step about an object that does not exist and, since the world chooses ids itself, never will.
    pub(crate) fn check_known(&self, world: &World) -> Result<(), String> {
        let missing = match self {
            Self::Grant(grant) => grant.principal(world).err(),
            Self::RevokeCredentials(what) => {
                let directory = read(&world.directory);
                let wanted = &what.application;
                let known = directory.applications.iter().any(|a| {
                    a.app_id.eq_ignore_ascii_case(wanted) || a.object_id.eq_ignore_ascii_case(wanted)
                });
                (!known).then(|| Unknown(format!("application `{wanted}`")))
            }
            Self::RevokeSessions(person) => {
                let known = read(&world.directory).user(&person.user).is_some();
                (!known).then(|| Unknown(format!("user `{}`", person.user)))
            }
            _ => None,
        };
        missing.map_or(Ok(()), |unknown| Err(unknown.to_string()))
    }

    /// Carries it out, and returns the result.
    pub(crate) fn run(&self, world: &World) -> Result<Value, Refused> {
        match self {
            Self::Fault(fault) => world.faults().add(fault.0.clone()),
            Self::ClearFaults => world.faults().clear(),
            Self::Throttle(limit) => world.throttle().add(limit.0.clone()),
            Self::ClearThrottles => world.throttle().clear(),
            Self::AdvanceClock(by) => {
                world.advance_clock(by.0.seconds);
                return Ok(clock(world));
            }
            Self::Clock(change) => {
                if let Some(on) = change.frozen {
                    world.freeze_clock(on);
                }
                if let Some(now) = change.now {
                    world.set_clock(now);
                }
                return Ok(clock(world));
            }
            Self::Settings(settings) => settings.0.apply(world)?,
            Self::Accounts(changes) => {
                for (name, change) in changes {
                    change.0.apply(world, name)?;
                }
            }
            Self::Grant(grant) => {
                let found = grant.principal(world)?;
                arm::check_scope(world, &found.tenant_id, &grant.scope).map_err(Refused::Senseless)?;
                let condition = grant.condition.clone();
                let made = world.grant_where(&found.object_id, &grant.role, &grant.scope, condition)?;
                return Ok(json!({"name": made}));
            }
            Self::RevokeCredentials(what) => {
                let revoked = world.revoke_credentials(&what.application, what.key_id.as_deref())?;
                return Ok(json!({"revoked": revoked}));
            }
            Self::RevokeSessions(person) => {
                return Ok(json!({"revoked": world.revoke_sessions(&person.user)?}));
            }
            Self::Container(wanted) => return Ok(fill::create(world, &wanted.0)?),
            Self::SeedBlobs(wanted) => return Ok(fill::fill(world, &wanted.0)?),
        }
        Ok(json!({}))
    }
}

/// What the clock shows.
pub(crate) fn clock(world: &World) -> Value {
    let skew = |service: Service| world.skew_s(service);
    json!({"now": world.now().to_string(), "frozen": world.clock_is_frozen(), "skew_s": {
        "login": skew(Service::Login), "graph": skew(Service::Graph), "arm": skew(Service::Arm), "blob": skew(Service::Blob),
    }})
}

impl Settings {
    fn apply(&self, world: &World) -> Result<(), Refused> {
        for (name, seconds) in &self.skew_s {
            let service = Service::of_azure(name).map_err(Refused::Senseless)?;
            world.set_skew(service, *seconds);
        }
        for (name, ms) in &self.latency_ms {
            let service = Service::of_azure(name).map_err(Refused::Senseless)?;
            world.set_latency(service, *ms);
        }
        if let Some(on) = self.log {
            world.log().set_enabled(on);
        }
        if let Some(seconds) = self.replication_lag_s {
            world.set_replication_lag(seconds);
        }
        if let Some(rate) = self.copy_bytes_per_s {
            world.blobs.set_copy_bytes_per_s(rate);
        }
        if let Some(order) = self.name_order {
            world.set_name_order(order);
        }
        if let Some(rules) = self.sign_in {
            world.set_sign_in_rules(rules);
        }
        if let Some(refusal) = self.archive_refused_as {
            world.blobs.set_archive_refusal(refusal);
        }
        if let Some(address) = &self.client_address {
            world.set_client_address(address.parse().ok());
        }
        Ok(())
    }
}

impl AccountChange {
    /// Changes the account and returns its new state.
    pub(crate) fn apply(&self, world: &World, name: &str) -> Result<Value, Refused> {
        if let Some(on) = self.versioning {
            world.set_versioning(name, on)?;
        }
        if let Some(on) = self.allow_shared_key {
            world.set_allow_shared_key(name, on)?;
        }
        if let Some(days) = self.blob_soft_delete_days {
            world.set_blob_soft_delete(name, Some(days).filter(|days| *days > 0))?;
        }
        if let Some(days) = self.container_soft_delete_days {
            world.set_container_soft_delete(name, Some(days).filter(|days| *days > 0))?;
        }
        if let Some(on) = self.version_level_immutability {
            world.set_version_level_immutability(name, on)?;
        }
        if let Some(on) = self.allow_public_access {
            world.set_allow_public_access(name, on)?;
        }
        if let Some(scope) = &self.allowed_copy_scope {
            world.set_allowed_copy_scope(name, Some(scope.as_str()).filter(|scope| !scope.is_empty()))?;
        }
        if let Some(rules) = &self.ip_rules {
            let named: Vec<_> = rules.iter().flatten().map(String::as_str).collect();
            world.set_network(name, rules.is_some(), &named)?;
        }
        if self.new_keys {
            world.renew_account_keys(name)?;
        }
        let account = world
            .storage_account(name)
            .ok_or_else(|| Unknown(format!("account `{name}`")))?;
        Ok(json!({
            "name": account.name,
            "versioning": account.versioning,
            "allow_shared_key": account.allow_shared_key,
            "key": account.keys[0],
        }))
    }
}
