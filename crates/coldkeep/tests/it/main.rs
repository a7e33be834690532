//! The binary as a person or a script meets it.

mod azurite;
mod bad_input;
mod bin;
mod certificate_places;
mod certificates;
mod clouds;
mod daemon;
mod demo;
mod judges;
mod kill;
mod names;
mod onboarding;
mod restic;
mod said;
mod scene;
mod scripts;
mod settings;
mod sign_in;
mod stopping;
mod story;
mod terminal;
mod upkeep;
mod usage;
mod wizard;
mod world;
