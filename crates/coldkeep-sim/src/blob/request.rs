//! One request as the handlers see it: its address decoded without normalising anything, its query and headers.

use super::{
    address::{Address, Query, header, which},
    caller::Caller,
    reply::Refusal,
};
use crate::{
    storage::{
        container_state::ContainerBlobs,
        moment::Tick,
        slot::{Keeping, Which},
    },
    world::{StorageAccount, state::World},
};
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use coldkeep_core::Timestamp;
use http::{HeaderMap, Method};

/// One request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) world: &'a World,
    pub(super) method: Method,
    pub(super) address: Address,
    pub(super) query: Query,
    pub(super) headers: &'a HeaderMap,
    /// The headers with metadata, by their names as they were spelled.
    pub(super) metadata_names: Vec<String>,
    pub(super) body: Bytes,
    pub(super) account: Arc<StorageAccount>,
    pub(super) caller: Caller,
    pub(super) now: Timestamp,
    /// Where the request comes from, as firewalls see it.
    pub(super) client: IpAddr,
    /// The host, if it named the account.
    pub(super) host: Option<&'a str>,
}

impl Ask<'_> {
    /// A header's value; one that is not text counts as empty.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(self.headers, name)
    }

    /// The header `name` read by `parse`; 400 if that cannot read it.
    pub(super) fn header_as<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.header(name)
            .map(|text| parse(text).ok_or_else(|| Refusal::invalid_header(name)))
            .transpose()
    }

    /// A header that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.header(name).ok_or_else(|| Refusal::missing_header(name))
    }

    /// The name of the container addressed; "" for requests about the account.
    pub(super) fn container_name(&self) -> &str {
        self.address.container.as_deref().unwrap_or_default()
    }

    /// The name of the blob addressed.
    pub(super) fn blob_name(&self) -> &str {
        self.address.blob.as_deref().unwrap_or_default()
    }

    /// The container addressed.
    pub(super) fn container(&self) -> Result<Arc<ContainerBlobs>, Refusal> {
        self.world
            .blobs
            .container(&self.account.name, self.container_name())
            .ok_or_else(Refusal::container_not_found)
    }

    /// Which of the blobs behind the name the query means.
    pub(super) fn which(&self) -> Result<Which, Refusal> {
        which(&self.query)
    }

    /// What the account does with what is overwritten or deleted.
    pub(super) fn keeping(&self) -> Keeping {
        Keeping {
            versioning: self.account.versioning,
            soft_delete_days: self.account.blob_soft_delete_days,
            now: self.now,
        }
    }

    /// The account's endpoint as this client addresses it, without a slash at its end.
    pub(super) fn endpoint(&self) -> String {
        let own = &self.world.endpoints().blob;
        match self.host {
            Some(host) => format!("{}://{host}", own.split(':').next().unwrap_or("http")),
            None => own.replace("{account}", &self.account.name),
        }
    }

    /// A fresh tick for a write.
    pub(super) fn tick(&self) -> Tick {
        self.world.blobs.tick(self.now)
    }

    /// Now, for questions about states that change with time.
    pub(super) fn now_tick(&self) -> Tick {
        Tick::at(self.now)
    }
}
