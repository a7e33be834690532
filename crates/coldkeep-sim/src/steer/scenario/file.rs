//! A scenario file, read and found to make sense, and what it does to a world.

use super::{
    error::ScenarioError,
    events::{Event, Events},
    people::{self, Tenant},
};
use crate::{
    Options, TenantSeed, World,
    steer::step::Step,
    wire::checked::Checked,
    world::{faults::Fault, sign_in_rules::SignInRules, throttle::Limit},
};
use coldkeep_core::Timestamp;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A scenario file, read and found to make sense.
#[derive(Debug, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    clock: Clock,
    settings: Settings,
    /// None: Northwind, as without a scenario.
    tenants: Option<Vec<Checked<Tenant>>>,
    faults: Vec<Checked<Fault>>,
    throttles: Vec<Checked<Limit>>,
    /// Done at the start, in their order.
    steps: Vec<Step>,
    events: Vec<Checked<Event>>,
    /// Its file. Others that it names are looked for beside it.
    #[serde(skip)]
    file: Option<PathBuf>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Clock {
    now: Option<Timestamp>,
    frozen: bool,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    rbac: Option<bool>,
    replication_lag_s: Option<u32>,
    token_lifetime_s: Option<u32>,
    resource_manager_page_size: Option<usize>,
    request_log_entries: Option<usize>,
    sign_in: Option<SignInRules>,
}

impl Scenario {
    /// Reads a file; files it names are looked for in its folder.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|e| ScenarioError::new(e).at(Some(path)))?;
        let mut scenario = Self::parse(&text).map_err(|e| e.at(Some(path)))?;
        scenario.file = Some(path.to_path_buf());
        Ok(scenario)
    }

    /// Reads its text. Errors name line and column where there is one.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        // Serde would take a list for an object's fields in their order.
        if text.trim_start().starts_with('[') {
            return Err(ScenarioError::new("a scenario is an object, not a list"));
        }
        let scenario: Self = serde_json::from_str(text).map_err(ScenarioError::new)?;
        scenario.tenants.as_deref().map_or(Ok(()), people::check_all)?;
        Ok(scenario)
    }

    /// Applies the scenario to the simulator's options.
    pub fn amend(&self, options: &mut Options) {
        let Settings {
            rbac,
            replication_lag_s,
            token_lifetime_s,
            resource_manager_page_size,
            request_log_entries,
            sign_in,
        } = self.settings;
        options.rbac = rbac.unwrap_or(options.rbac);
        options.replication_lag_s = replication_lag_s.unwrap_or(options.replication_lag_s);
        options.token_lifetime_s = token_lifetime_s.unwrap_or(options.token_lifetime_s);
        options.arm_page_size = resource_manager_page_size.unwrap_or(options.arm_page_size);
        options.sign_in = sign_in.unwrap_or(options.sign_in);
        options.log_capacity = request_log_entries.unwrap_or(options.log_capacity);
        if let Some(tenants) = &self.tenants {
            options.tenants = tenants.iter().map(|tenant| TenantSeed::from(&tenant.0)).collect();
        }
    }

    /// Whether it has a world of its own, rather than the one there is without a scenario.
    pub fn has_tenants(&self) -> bool {
        self.tenants.is_some()
    }

    /// Fills a new world and puts in force what is to go wrong in it.
    pub(crate) fn begin(self, world: &World, events: &Events) -> Result<(), ScenarioError> {
        // A folder must not get half of it: the rest would never be done.
        let _busy = world.busy();
        world.freeze_clock(self.clock.frozen);
        if let Some(now) = self.clock.now {
            world.set_clock(now);
        }
        let file = self.file.clone();
        self.fill(world).map_err(|e| e.at(file.as_deref()))?;
        self.resume(world, events)
    }

    fn fill(&self, world: &World) -> Result<(), ScenarioError> {
        let folder = self
            .file
            .as_deref()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        for Checked(tenant) in self.tenants.iter().flatten() {
            tenant.fill(world, folder)?;
        }
        for (nth, step) in self.steps.iter().enumerate() {
            let refused = step.run(world).err();
            refused.map_or(Ok(()), |why| Err(ScenarioError(format!("steps[{nth}]: {why}"))))?;
        }
        for (nth, Checked(event)) in self.events.iter().enumerate() {
            let known = event.check_known(world);
            known.map_err(|why| ScenarioError(format!("events[{nth}]: {why}")))?;
        }
        Ok(())
    }

    /// Puts in force what is to go wrong in a world that is there already: the rest was done when it began.
    pub(crate) fn resume(self, world: &World, events: &Events) -> Result<(), ScenarioError> {
        for Checked(limit) in self.throttles {
            world.throttle().add(limit);
        }
        for Checked(fault) in self.faults {
            world.faults().add(fault);
        }
        let expected = self.events.into_iter().map(|event| event.0);
        events.expect(expected.collect(), world.now());
        Ok(())
    }
}
