//! The fields of a form: few, short, and each once.

use super::error::PageError;
use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use coldkeep_core::{Code, Problem};
use http::header::CONTENT_TYPE;
use std::{collections::BTreeMap, time::Duration};

/// Longer than any form of these pages.
const FORM_MAX_BYTES: usize = 8 << 10;
/// For a browser on this machine.
const FORM_TIME: Duration = Duration::from_secs(30);

/// The hidden field with the token.
const TOKEN: &str = "form_token";

/// What was sent.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// The value of a field that the form has.
    ///
    /// # Errors
    /// `FormInvalid` if it is not there.
    pub fn take(&mut self, field: &str) -> Result<String, Problem> {
        self.0
            .remove(field)
            .ok_or_else(|| invalid(&format!("the field `{field}` is missing")))
    }

    pub fn token(&mut self) -> Option<String> {
        self.0.remove(TOKEN)
    }

    /// Refuses fields that nobody took: a form of ours has none.
    pub fn end(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(field) => Err(invalid(&format!(
                "there is no field `{}`",
                field.chars().take(40).collect::<String>()
            ))),
        }
    }

    fn read(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = BTreeMap::new();
        for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut parts = pair.splitn(2, |b| *b == b'=');
            let mut part = || decoded(parts.next().unwrap_or_default());
            let (name, value) = (part()?, part()?);
            if fields.insert(name, value).is_some() {
                return Err(invalid("a field is there twice"));
            }
        }
        Ok(Self(fields))
    }
}

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PageError> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let is_form =
            kind.is_some_and(|kind| kind.split(';').next() == Some("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(invalid("its content type is another one").into());
        }
        let whole = tokio::time::timeout(FORM_TIME, to_bytes(request.into_body(), FORM_MAX_BYTES)).await;
        let body = whole
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| invalid("it is too long, or was cut off"))?;
        Ok(Self::read(&body)?)
    }
}

pub(super) fn invalid(why: &str) -> Problem {
    Problem::new(
        Code::FormInvalid,
        format!("The form cannot be used: {why}"),
        "Go back, reload the page and fill in the form again.",
    )
}

/// `application/x-www-form-urlencoded`: a plus is a space.
fn decoded(text: &[u8]) -> Result<String, Problem> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bytes: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_each_field_once_and_no_other() {
        let mut form = Form::read(b"name=Ann+B%C3%A4r&form_token=t&empty=").unwrap();
        assert_eq!(form.take("name").unwrap(), "Ann Bär");
        assert_eq!(form.token().as_deref(), Some("t"));
        assert_eq!(form.take("name").unwrap_err().code, Code::FormInvalid);
        assert_eq!(form.take("empty").unwrap(), "");
        form.end().unwrap();
        for body in [&b"a=1&a=2"[..], b"a=%ff", b"%ff=1"] {
            assert_eq!(Form::read(body).unwrap_err().code, Code::FormInvalid);
        }
        let form = Form::read(b"role=administrator").unwrap();
        assert_eq!(form.end().unwrap_err().code, Code::FormInvalid);
    }
}
