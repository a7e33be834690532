//! Refusals of Microsoft Graph and Azure Resource Manager, read.

use super::RefusalBody;
use http::HeaderMap;
use serde_json::Value;

/// `{"error": {"code": …, "message": …, "innerError": {"request-id": …}}}`: Graph
/// (<https://learn.microsoft.com/graph/errors>) and Resource Manager alike.
pub(crate) fn read_refusal(_headers: &HeaderMap, body: &[u8]) -> RefusalBody {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &value["error"];
    let text = |value: &Value| value.as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    RefusalBody {
        code: text(&error["code"]),
        message: text(&error["message"]),
        request_id: text(&error["innerError"]["request-id"]),
        ..RefusalBody::default()
    }
}
