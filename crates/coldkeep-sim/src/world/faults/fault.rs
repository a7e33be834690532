//! A fault: which requests it strikes, and what happens to them.

use super::action::Action;
use crate::wire::{Service, checked::Check};
use serde::{Deserialize, Serialize};

/// What a fault is chosen by.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo<'a> {
    /// `login`, `graph`, `arm` or `blob`.
    pub service: &'static str,
    pub method: &'a str,
    /// Path and query as sent.
    pub path: &'a str,
    /// Whether it carries `x-ms-copy-source`.
    pub copy_source: bool,
}

/// A fault: which requests, how many of them, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `login`, `graph`, `arm` or `blob`; none: any.
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub method: Option<String>,
    /// A part of path and query as sent, percent-encoding and all.
    #[serde(default)]
    pub path_contains: Option<String>,
    /// Only requests that do (or do not) carry `x-ms-copy-source`.
    #[serde(default)]
    pub copy_source: Option<bool>,
    /// How many matching requests pass before the first goes wrong.
    #[serde(default)]
    pub skip: u64,
    /// How many go wrong; none: all.
    #[serde(default)]
    pub times: Option<u64>,
    /// How likely a matching request goes wrong, from 0 to 1; none: certainly. Which ones follows from `seed`.
    #[serde(default)]
    pub chance: Option<f64>,
    /// The seed of chance: equal seeds hit equal requests.
    #[serde(default)]
    pub seed: u64,
    pub action: Action,
}

impl Check for Fault {
    /// Refuses faults that can never strike as described.
    fn check(&self) -> Result<(), String> {
        self.service.as_deref().map(Service::of_azure).transpose()?;
        if self.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("chance must be from 0 to 1".to_owned());
        }
        match self.action {
            Action::Status { status, .. } if !(200..600).contains(&status) => {
                Err(format!("{status} is not a status of a response"))
            }
            _ => Ok(()),
        }
    }
}

impl Fault {
    /// A fault for every request; narrow it by setting fields.
    pub fn new(action: Action) -> Self {
        Self {
            service: None,
            method: None,
            path_contains: None,
            copy_source: None,
            skip: 0,
            times: None,
            chance: None,
            seed: 0,
            action,
        }
    }

    /// Only this service.
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Only this method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only where path and query contain this.
    pub fn path_contains(mut self, part: &str) -> Self {
        self.path_contains = Some(part.to_owned());
        self
    }

    /// Lets `skip` matching requests pass, then acts on `times`.
    pub fn after(mut self, skip: u64, times: u64) -> Self {
        self.skip = skip;
        self.times = Some(times);
        self
    }

    /// Strikes by chance: with this probability, repeatably by this seed.
    pub fn by_chance(mut self, chance: f64, seed: u64) -> Self {
        self.chance = Some(chance);
        self.seed = seed;
        self
    }

    pub(super) fn matches(&self, request: &RequestInfo<'_>) -> bool {
        self.service.as_deref().is_none_or(|s| s == request.service)
            && self
                .method
                .as_deref()
                .is_none_or(|m| m.eq_ignore_ascii_case(request.method))
            && self
                .path_contains
                .as_deref()
                .is_none_or(|p| request.path.contains(p))
            && self.copy_source.is_none_or(|c| c == request.copy_source)
    }
}
