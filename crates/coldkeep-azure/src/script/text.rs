//! Texts in a script: for any content, a shell reads them as one word and nothing else.

use serde_json::Value;

/// JSON in which every character of a string that any shell, quoting or query could take for its own is written as
/// its number. What is left are letters, digits and a few marks.
pub(crate) fn safe_json(value: &Value) -> String {
    match value {
        Value::String(text) => safe_string(text),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(safe_json).collect();
            format!("[{}]", all.join(","))
        }
        Value::Object(map) => {
            let all: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}:{}", safe_string(key), safe_json(value)))
                .collect();
            format!("{{{}}}", all.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn safe_string(text: &str) -> String {
    let mut safe = String::from("\"");
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || " .,:;/_-+=*()".contains(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe.push('"');
    safe
}

/// One word of a POSIX shell.
pub(super) fn posix_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One string of PowerShell, which takes typographic quotation marks for plain ones.
pub(super) fn powershell_word(text: &str) -> String {
    let mut word = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            word.push(c);
        }
        word.push(c);
    }
    word.push('\'');
    word
}
