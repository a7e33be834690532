//! What surrounds every page: its title, the navigation, and who is signed in.

use super::{assets, session::SignedIn};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use coldkeep_core::person::PersonRole;
use http::StatusCode;

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Shell {
    pub title: String,
    /// The address of the part that the page belongs to.
    pub part: &'static str,
    pub person: Option<ShellPerson>,
    /// Addresses of assets.
    pub style: String,
    pub icon: String,
}

/// Who is signed in.
#[derive(Debug)]
pub(super) struct ShellPerson {
    pub name: String,
    pub role: PersonRole,
    pub form_token: String,
}

/// A link of the navigation.
#[derive(Debug)]
pub(super) struct NavItem {
    pub address: &'static str,
    pub name: &'static str,
}

/// Its parts by what people look after.
const NAVIGATION: &[(&str, &[NavItem])] = &[
    (
        "",
        &[NavItem {
            address: "/",
            name: "Overview",
        }],
    ),
    (
        "Copies",
        &[
            NavItem {
                address: "/jobs",
                name: "Jobs",
            },
            NavItem {
                address: "/runs",
                name: "Runs",
            },
        ],
    ),
    (
        "Storage",
        &[NavItem {
            address: "/repositories",
            name: "Repositories",
        }],
    ),
    (
        "Identity",
        &[
            NavItem {
                address: "/service-accounts",
                name: "Service accounts",
            },
            NavItem {
                address: "/certificates",
                name: "Certificates",
            },
        ],
    ),
];

impl Shell {
    /// Of a page for a person who is signed in.
    pub fn of(title: &str, part: &'static str, signed_in: &SignedIn) -> Self {
        Self {
            person: Some(ShellPerson {
                name: signed_in.person.name.clone(),
                role: signed_in.person.role,
                form_token: signed_in.form_token.clone(),
            }),
            part,
            ..Self::bare(title)
        }
    }

    /// Of a page without navigation.
    pub fn bare(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            part: "",
            person: None,
            style: assets::address("app.css"),
            icon: assets::address("mark.svg"),
        }
    }

    pub fn navigation(&self) -> &'static [(&'static str, &'static [NavItem])] {
        NAVIGATION
    }
}

/// A page as an answer.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be shown.\n",
            )
                .into_response()
        }
    }
}
