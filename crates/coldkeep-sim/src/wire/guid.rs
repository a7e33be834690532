//! Fresh GUIDs.

/// A fresh GUID.
pub(crate) fn new_guid() -> String {
    uuid::Uuid::new_v4().to_string()
}
