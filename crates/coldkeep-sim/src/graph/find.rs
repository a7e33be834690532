//! The application or service principal that a request names.

use super::{asker::Asker, error::GraphError, odata::Address};
use crate::world::directory::{Directory, ServicePrincipal};
use crate::{World, wire::call::Call, world::directory::Application};
use coldkeep_core::Timestamp;
use std::borrow::Cow;

/// Whether a path's key names this application.
pub(super) fn is_named(app: &Application, key: &Address) -> bool {
    match key {
        Address::Id(id) => app.object_id.eq_ignore_ascii_case(id),
        Address::Key(name, value) if name.eq_ignore_ascii_case("appId") => {
            app.app_id.eq_ignore_ascii_case(value)
        }
        Address::Key(name, value) if name.eq_ignore_ascii_case("uniqueName") => {
            app.unique_name.as_deref() == Some(value)
        }
        Address::Key(..) => false,
    }
}

/// A living, replicated application of the asker's tenant.
pub(super) fn find_application<'a>(
    apps: &'a [Application],
    asker: &Asker,
    key: &Address,
    now: Timestamp,
) -> Result<&'a Application, GraphError> {
    apps.iter()
        .find(|a| {
            a.tenant_id == asker.tenant_id
                && a.deleted_at.is_none()
                && a.visible_at <= now
                && is_named(a, key)
        })
        .ok_or_else(|| GraphError::not_found(key.name()))
}

/// An application as the replica that answers knows it: one that lags behind has not heard of new credentials.
pub(super) fn as_seen<'a>(world: &World, app: &'a Application) -> Cow<'a, Application> {
    if !world.is_stale() {
        return Cow::Borrowed(app);
    }
    let until = world.seen_until();
    let mut seen = app.clone();
    seen.key_credentials.retain(|key| key.usable_at <= until);
    seen.password_credentials
        .retain(|secret| secret.usable_at <= until);
    Cow::Owned(seen)
}

pub(super) fn wants_creation(call: &Call) -> bool {
    call.header("prefer")
        .is_some_and(|p| p.split([',', ';']).any(|w| w.trim() == "create-if-missing"))
}

/// A living, replicated service principal of the asker's tenant.
pub(super) fn find_principal<'a>(
    directory: &'a Directory,
    asker: &Asker,
    key: &Address,
    now: Timestamp,
) -> Result<&'a ServicePrincipal, GraphError> {
    directory
        .service_principals
        .iter()
        .filter(|s| s.tenant_id == asker.tenant_id && s.deleted_at.is_none() && s.visible_at <= now)
        .find(|s| match key {
            Address::Id(id) => s.object_id.eq_ignore_ascii_case(id),
            Address::Key(property, value) => property == "appId" && s.app_id.eq_ignore_ascii_case(value),
        })
        .ok_or_else(|| GraphError::not_found(key.name()))
}
