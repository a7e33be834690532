//! What holds credentials: an application or a service principal.

/// What has the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Application,
    /// Its secrets open the application in its own tenant.
    Principal,
}
