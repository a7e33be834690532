//! A world with what stands above it: the events that are still to come, and the folder that keeps it.

use super::folder::Folder;
use crate::{Scenario, ScenarioError, World, steer::scenario::Events, wire::Service};
use std::{io, sync::Arc};

/// What requests are answered from, and what is done with it beside.
#[derive(Debug)]
pub(super) struct Host {
    world: Arc<World>,
    events: Events,
    folder: Option<Folder>,
    resumed: bool,
}

impl Host {
    pub(super) fn new(world: World, folder: Option<Folder>, resumed: bool) -> Self {
        Self {
            world: Arc::new(world),
            events: Events::default(),
            folder,
            resumed,
        }
    }

    pub(super) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Whether the folder held the world already.
    pub(super) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Fills a new world from the scenario, and activates the faults.
    pub(super) fn play(&self, scenario: Scenario) -> Result<(), ScenarioError> {
        match self.resumed {
            true => scenario.resume(&self.world, &self.events),
            false => scenario.begin(&self.world, &self.events),
        }
    }

    /// What is still to be done.
    pub(super) fn events(&self) -> &Events {
        &self.events
    }

    /// Does what was to be done at this moment or after this many requests. The control API's own are not counted.
    pub(super) fn run_due_events(&self, service: Service) {
        self.events.run_due(&self.world, service);
    }

    /// The folder that keeps the world.
    pub(super) fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }

    /// Writes to its folder what has changed since the last time; false: nothing has, or no folder keeps the world.
    pub(super) fn save(&self) -> io::Result<bool> {
        self.folder().map_or(Ok(false), |folder| folder.save(&self.world))
    }
}
