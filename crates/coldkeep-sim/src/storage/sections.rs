//! What was set of an account's Blob service.

use std::collections::BTreeMap;

/// What was set of an account's service, by section, as XML.
pub(crate) type Sections = BTreeMap<String, String>;
