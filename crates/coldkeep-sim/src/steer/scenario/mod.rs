//! Scenario files: a world to begin with, and what happens in it, as JSON. An unknown field is refused with its line.

mod contents;
mod error;
mod events;
mod file;
mod people;

pub use error::ScenarioError;
pub(crate) use events::Events;
pub use file::Scenario;
