//! Entra's refusals, read.

use super::{RefusalBody, claims};
use http::HeaderMap;
use serde_json::Value;

/// `{"error": …, "error_description": "AADSTSnnn: …", "error_codes": [nnn], "trace_id": …}`
/// (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response>).
pub(crate) fn read_refusal(_headers: &HeaderMap, body: &[u8]) -> RefusalBody {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| value[key].as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    let entra_error = text("error");
    let code = value["error_codes"]
        .get(0)
        .and_then(Value::as_i64)
        .map(|n| format!("AADSTS{n}"));
    let message = text("error_description").map(|description| {
        let line = description.lines().next().unwrap_or_default().trim();
        // Older texts have their ids on the first line; these are separated.
        let line = line
            .split(" Trace ID:")
            .next()
            .unwrap_or(line)
            .trim_end_matches('.');
        let line = code
            .as_deref()
            .and_then(|c| line.strip_prefix(c))
            .map_or(line, |rest| rest.trim_start_matches([':', ' ']));
        match text("correlation_id") {
            Some(id) => format!("{line} (correlation id {id})"),
            None => line.to_owned(),
        }
    });
    RefusalBody {
        code: code.or_else(|| entra_error.clone()),
        message,
        request_id: text("trace_id"),
        entra_error,
        claims: text("claims").and_then(|claims| claims::sensible(&claims)),
        ..RefusalBody::default()
    }
}
