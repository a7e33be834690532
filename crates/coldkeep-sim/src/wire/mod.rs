//! What all services share of HTTP and of the machine: requests and replies, names, locks. It knows no world.

mod body;
pub(crate) mod call;
pub(crate) mod checked;
mod guid;
mod lock;
mod name_order;
pub(crate) mod reply;
mod service;
pub(crate) mod spelling;

pub use body::{Body, body_of, empty_body};
pub(crate) use guid::new_guid;
pub(crate) use lock::{read, write};
pub use name_order::NameOrder;
pub(crate) use name_order::is_beyond;
pub(crate) use service::Service;
