//! The first steps: which cloud, and which application.

use super::{
    Guide,
    prompts::{Asked, choose, text, yes},
};
use coldkeep_core::wizard::{
    Answer, Authentication, Connection, ExistingApplication, Method, NewApplication, Wizard,
};

impl Guide<'_> {
    pub(super) async fn ask_connection(&self) -> Asked<Answer> {
        let before = self.wizard.answers().connection.as_ref();
        let clouds = self.context.client.list_clouds().await?;
        let items: Vec<_> = clouds
            .iter()
            .map(|cloud| (cloud.name.clone(), cloud.name.clone(), hint_of(&cloud.name)))
            .collect();
        let offered = before.map_or("AzureCloud", |c| c.cloud.as_str()).to_owned();
        let cloud = choose("Which cloud?", &items, Some(&offered))?;
        let method = choose(
            "Which application?",
            &[
                (
                    Method::Register,
                    "Register a new Microsoft Entra ID application automatically".into(),
                    "somebody signs in".into(),
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

    pub(super) fn ask_new_application(&self) -> Asked<Answer> {
        let before = self.wizard.answers().new_application.as_ref();
        let fits = self.fits(|name| {
            Answer::NewApplication(NewApplication {
                name,
                description: String::new(),
            })
        });
        let name = text(
            "Name of the new application (and of the service account)",
            before.map(|a| a.name.as_str()),
            false,
            fits,
        )?;
        let description = self.ask_description(before.map(|a| a.description.as_str()))?;
        Ok(Answer::NewApplication(NewApplication { name, description }))
    }

    pub(super) fn ask_existing_application(&self) -> Asked<Answer> {
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
        let tenant = text(
            "Tenant (its id or a verified domain)",
            Some(&before.tenant),
            false,
            with(|a, given| a.tenant = given),
        )?;
        let application_id = text(
            "Application (client) id",
            Some(&before.application_id),
            false,
            with(|a, given| a.application_id = given),
        )?;
        let own_name = if before.name.is_empty() {
            format!("app-{}", application_id.chars().take(8).collect::<String>())
        } else {
            before.name.clone()
        };
        let name = text(
            "Name of the service account here",
            Some(&own_name),
            false,
            with(|a, given| a.name = given),
        )?;
        let authentication = ask_authentication(before.authentication)?;
        let grant = yes(
            match authentication {
                Authentication::Certificate => {
                    "Grant the required permissions to this application and register its certificate?"
                }
                Authentication::Secret => "Grant the required permissions to this application?",
            },
            before.grant,
        )?;
        let description = self.ask_description(Some(&before.description))?;
        Ok(Answer::ExistingApplication(ExistingApplication {
            tenant,
            application_id,
            name,
            authentication,
            grant,
            description,
        }))
    }

    fn ask_description(&self, before: Option<&str>) -> Asked<String> {
        let own = super::super::description::own();
        let offered = before.filter(|d| !d.is_empty()).unwrap_or(&own);
        text("Description (optional)", Some(offered), true, |_: &String| Ok(()))
    }

    /// A check of one field: what the wizard itself would say to an answer that is right but for it.
    fn fits(
        &self,
        answer: impl Fn(String) -> Answer + Clone + 'static,
    ) -> impl Fn(&String) -> Result<(), String> + Clone + 'static {
        let wizard: Wizard = self.wizard.clone();
        move |given: &String| {
            let mut tried = wizard.clone();
            tried
                .answer(answer(given.trim().to_owned()))
                .map_err(|problem| format!("{}. {}", problem.what.trim_end_matches('.'), problem.next))
        }
    }
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

fn ask_authentication(before: Authentication) -> Asked<Authentication> {
    choose(
        "How does it prove itself?",
        &[
            (
                Authentication::Certificate,
                "Application certificate".into(),
                String::new(),
            ),
            (
                Authentication::Secret,
                "Application secret".into(),
                "Entra shows a secret only once, when it is made".into(),
            ),
        ],
        Some(&before),
    )
}
