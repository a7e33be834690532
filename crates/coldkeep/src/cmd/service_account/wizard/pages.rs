//! The first steps: which cloud, and which application.

use super::{
    Guide,
    prompts::{PromptResult, choose, say, text, yes},
};
use crate::print::fix;
use coldkeep_core::wizard::{
    Answer, Authentication, Connection, ExistingApplication, Method, NewApplication, Wizard,
};

impl Guide<'_> {
    pub(super) async fn ask_connection(&mut self) -> PromptResult<Answer> {
        let given = (self.given.cloud.take(), self.given.method.take());
        let before = self.wizard.answers().connection.as_ref();
        let clouds = self.context.client.list_clouds().await?;
        let items: Vec<_> = clouds
            .iter()
            .map(|cloud| (cloud.name.clone(), cloud.name.clone(), hint_of(&cloud.name)))
            .collect();
        let offered = before.map_or("AzureCloud", |c| c.cloud.as_str()).to_owned();
        let cloud = match given.0.filter(|cloud| clouds.iter().any(|c| c.name == *cloud)) {
            Some(cloud) => cloud,
            None => choose("Which cloud?", &items, Some(&offered))?,
        };
        if let Some(method) = given.1 {
            return Ok(Answer::Connection(Connection { cloud, method }));
        }
        let method = choose(
            "Which application?",
            &[
                (
                    Method::Register,
                    "Register a new Microsoft Entra ID application automatically".into(),
                    "needs a sign-in".into(),
                ),
                (
                    Method::Existing,
                    "Use an existing Microsoft Entra ID application".into(),
                    String::new(),
                ),
            ],
            before.map(|c| &c.method),
        )?;
        Ok(Answer::Connection(Connection { cloud, method }))
    }

    pub(super) fn ask_new_application(&mut self) -> PromptResult<Answer> {
        let (given_name, given_description) = (self.given.name.take(), self.given.description.take());
        let before = self.wizard.answers().new_application.as_ref();
        let fits = self.fits(|name| {
            Answer::NewApplication(NewApplication {
                name,
                description: String::new(),
            })
        });
        let name = given_or(given_name, fits, |fits| {
            text(
                "Name of the new application (and of the service account)",
                before.map(|a| a.name.as_str()),
                false,
                fits,
            )
        })?;
        let description = match given_description {
            Some(description) => description,
            None => self.ask_description(before.map(|a| a.description.as_str()))?,
        };
        Ok(Answer::NewApplication(NewApplication { name, description }))
    }

    pub(super) fn ask_existing_application(&mut self) -> PromptResult<Answer> {
        let given = self.given.take_application();
        let before = self.wizard.answers().existing_application.clone();
        let before = before.unwrap_or_else(|| ExistingApplication {
            tenant: String::new(),
            application_id: String::new(),
            name: String::new(),
            authentication: Authentication::Certificate,
            grant: true,
            description: String::new(),
        });
        // One that is right in all but the field that is being asked for.
        let right = ExistingApplication {
            tenant: uuid_like(),
            application_id: uuid_like(),
            name: "name".into(),
            ..before.clone()
        };
        let with = |change: fn(&mut ExistingApplication, String)| {
            let right = right.clone();
            self.fits(move |given| {
                let mut application = right.clone();
                change(&mut application, given);
                Answer::ExistingApplication(application)
            })
        };
        let tenant = given_or(given.tenant, with(|a, given| a.tenant = given), |fits| {
            let question = "Tenant (its id or a verified domain)";
            text(question, Some(&before.tenant), false, fits)
        })?;
        let fits = with(|a, given| a.application_id = given);
        let application_id = given_or(given.application_id, fits, |fits| {
            text(
                "Application (client) id",
                Some(&before.application_id),
                false,
                fits,
            )
        })?;
        let own_name = name_offered(&before.name, &application_id);
        let name = given_or(given.name, with(|a, given| a.name = given), |fits| {
            text(
                "Name of the service account in Coldkeep",
                Some(&own_name),
                false,
                fits,
            )
        })?;
        let authentication = match given.authentication {
            Some(authentication) => authentication,
            None => ask_authentication(before.authentication)?,
        };
        let grant = match given.grant {
            Some(grant) => grant,
            None => ask_grant(authentication, before.grant)?,
        };
        let description = match given.description {
            Some(description) => description,
            None => self.ask_description(Some(&before.description))?,
        };
        Ok(Answer::ExistingApplication(ExistingApplication {
            tenant,
            application_id,
            name,
            authentication,
            grant,
            description,
        }))
    }

    fn ask_description(&self, before: Option<&str>) -> PromptResult<String> {
        let own = super::super::description::own();
        let offered = before.filter(|d| !d.is_empty()).unwrap_or(&own);
        text("Description (optional)", Some(offered), true, |_: &String| Ok(()))
    }

    /// A check of one field: the wizard's own check of an answer in which everything else is right.
    fn fits(
        &self,
        answer: impl Fn(String) -> Answer + Clone + 'static,
    ) -> impl Fn(&String) -> Result<(), String> + Clone + 'static {
        let wizard: Wizard = self.wizard.clone();
        move |given: &String| {
            let mut tried = wizard.clone();
            tried
                .answer(answer(given.trim().to_owned()))
                .map_err(|problem| fix::problem_text(&problem))
        }
    }
}

/// What a flag gave, unless it cannot be right; then, or without one, what is asked.
fn given_or<F: Fn(&String) -> Result<(), String> + Clone + 'static>(
    given: Option<String>,
    fits: F,
    ask: impl FnOnce(F) -> PromptResult<String>,
) -> PromptResult<String> {
    match given {
        Some(given) => match fits(&given) {
            Ok(()) => Ok(given),
            Err(why) => {
                say(why)?;
                ask(fits)
            }
        },
        None => ask(fits),
    }
}

fn ask_grant(authentication: Authentication, before: bool) -> PromptResult<bool> {
    yes(
        match authentication {
            Authentication::Certificate => {
                "Grant the required permissions to this application and register its certificate?"
            }
            Authentication::Secret => "Grant the required permissions to this application?",
        },
        before,
    )
}

fn uuid_like() -> String {
    "00000000-0000-0000-0000-000000000000".into()
}

fn hint_of(cloud: &str) -> String {
    match cloud {
        "AzureCloud" => "Global",
        "AzureUSGovernment" => "US Government",
        "AzureChinaCloud" => "China (21Vianet)",
        _ => "custom",
    }
    .into()
}

fn ask_authentication(before: Authentication) -> PromptResult<Authentication> {
    choose(
        "How does it authenticate?",
        &[
            (
                Authentication::Certificate,
                "Application certificate".into(),
                String::new(),
            ),
            (
                Authentication::Secret,
                "Application secret".into(),
                "Entra shows a secret only once, when it is created".into(),
            ),
        ],
        Some(&before),
    )
}

/// The name of an earlier answer, else one derived from the application's id.
fn name_offered(before: &str, application_id: &str) -> String {
    match before {
        "" => format!("app-{}", application_id.chars().take(8).collect::<String>()),
        before => before.to_owned(),
    }
}
