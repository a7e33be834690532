//! Microsoft Graph v1.0, as far as applications, their rights and the people behind them go
//! (<https://learn.microsoft.com/graph/api/resources/application>).

mod answer;
mod applications;
mod asker;
mod batch;
mod certificates;
mod collection;
mod credentials;
mod deleted;
mod error;
mod federated;
mod filter;
mod find;
mod grants;
mod holder;
mod keys;
mod meter;
mod objects;
mod odata;
mod options;
mod owners;
mod people;
mod person;
mod policies;
mod policy;
mod policy_changes;
mod possession;
mod principals;
mod properties;
mod render;
mod roles;
mod router;
mod secrets;
mod users;

pub(crate) use router::{handle, refusal};
