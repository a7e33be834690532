//! What a copy run decides: which state of a blob counts, what is copied and how, and by which method. Pure.

pub mod classify;
pub mod cut;
pub mod diff;
pub mod digest;
pub mod filter;
pub mod give_up;
pub mod gone;
pub mod method;
pub mod remarks;
