//! Conditions on role assignments: what an assignment gives only where a statement about the request holds
//! (<https://learn.microsoft.com/azure/role-based-access-control/conditions-format>).
//!
//! Of the language, what the documented examples and the portal's editor write for accounts, containers, paths and prefixes
//! is understood. Everything else is no condition, so that none is ever held for met that Azure would not.

mod condition;
mod evaluate;
mod glob;
mod parse;

pub use condition::{Circumstances, Condition, NoCondition, SubOperations, VERSION};
