//! Containers and blobs created without requests, for benchmarks and scripts.

use crate::{
    World,
    blob::{check_blob_name, check_container_name, is_plain_name},
    wire::{call::Call, checked::Check},
    world::Unknown,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

/// A container of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Container {
    account: String,
    container: String,
}

/// Blobs to make: `count` of them, each of `size_bytes`, named PREFIX and a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fill {
    account: String,
    container: String,
    count: u64,
    size_bytes: usize,
    #[serde(default)]
    prefix: String,
}

impl Check for Container {
    fn check(&self) -> Result<(), String> {
        let Self { container, .. } = self;
        check_container_name(container).map_err(|bad| format!("container `{container}`: {}", bad.message()))
    }
}

impl Check for Fill {
    fn check(&self) -> Result<(), String> {
        let Self {
            container, prefix, ..
        } = self;
        check_container_name(container)
            .map_err(|bad| format!("container `{container}`: {}", bad.message()))?;
        let longest = format!("{prefix}{:08}", self.count);
        check_blob_name(&longest).map_err(|bad| format!("blob `{longest}`: {}", bad.message()))?;
        if !is_plain_name(&longest) {
            return Err(format!(
                "blob `{longest}`: Azure would write it under another name"
            ));
        }
        Ok(())
    }
}

/// Creates a container.
pub(crate) fn create(world: &World, wanted: &Container) -> Result<Value, Unknown> {
    let Container { account, container } = wanted;
    world
        .storage_account(account)
        .ok_or_else(|| Unknown(format!("account `{account}`")))?;
    Ok(json!({"created": world.blobs.create_container(account, container, world.now())}))
}

/// Counts what a container holds.
pub(crate) fn count(world: &World, call: &Call) -> Result<Value, Unknown> {
    let account = call.query("account").unwrap_or_default();
    let container = call.query("container").unwrap_or_default();
    if !world.blobs.container_exists(account, container) {
        return Err(Unknown(format!("container `{account}/{container}`")));
    }
    let (blobs, size_bytes) = world.blobs_in(account, container).totals();
    Ok(json!({"blobs": blobs, "size_bytes": size_bytes}))
}

/// Creates blobs, in a container that is created if missing. Equal requests create equal bytes.
pub(crate) fn fill(world: &World, wanted: &Fill) -> Result<Value, Unknown> {
    let Fill {
        account, container, ..
    } = wanted;
    world
        .storage_account(account)
        .ok_or_else(|| Unknown(format!("account `{account}`")))?;
    let blobs =
        (0..wanted.count).map(|n| (format!("{}{n:08}", wanted.prefix), bytes_of(n, wanted.size_bytes)));
    Ok(json!({"made": world.blobs_in(account, container).fill(blobs)}))
}

/// Bytes that no compression shrinks (`SplitMix64`).
fn bytes_of(seed: u64, size_bytes: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = Vec::with_capacity(size_bytes + 8);
    while bytes.len() < size_bytes {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(size_bytes);
    bytes.into()
}
