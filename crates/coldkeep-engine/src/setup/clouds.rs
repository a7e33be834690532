//! Use cases of clouds.

use super::Setup;
use crate::ground::sealed::Binding;
use coldkeep_core::{Code, Problem, SecretOwner, cloud::Cloud, fix, problem::Verb};

impl Setup {
    /// The built-in clouds, then the custom ones.
    pub async fn list_clouds(&self) -> Result<Vec<Cloud>, Problem> {
        let mut clouds = Cloud::builtin();
        let stored = self.ground.store.list_clouds().await?.into_iter();
        // Independent of the row's own name.
        clouds.extend(stored.map(|cloud| Cloud {
            builtin: false,
            ..cloud
        }));
        Ok(clouds)
    }

    /// One cloud by its name.
    pub async fn show_cloud(&self, name: &str) -> Result<Cloud, Problem> {
        self.list_clouds()
            .await?
            .into_iter()
            .find(|c| c.name == name)
            .ok_or_else(|| {
                Problem::new(
                    Code::CloudNotFound,
                    format!("The cloud `{name}` does not exist"),
                    fix![
                        "Add it, or list the existing clouds: ",
                        Verb::CloudList.any(),
                        "."
                    ],
                )
            })
    }

    /// Adds a custom cloud; no request is sent.
    pub async fn add_cloud(&self, cloud: Cloud) -> Result<Cloud, Problem> {
        if cloud.name.trim().is_empty() {
            return Err(Problem::new(
                Code::FieldMissing,
                "The cloud has no name",
                "Give it one.",
            ));
        }
        if Cloud::builtin()
            .iter()
            .any(|c| c.name.eq_ignore_ascii_case(&cloud.name))
        {
            return Err(Problem::new(
                Code::CloudBuiltIn,
                format!("`{}` is a built-in cloud", cloud.name),
                "Choose another name; built-in clouds cannot be changed.",
            ));
        }
        let cloud = Cloud {
            builtin: false,
            created_at: Some(self.ground.config.clock.now()),
            ..cloud
        };
        cloud.check()?;
        // The seal first: a cloud without one would be of no use.
        let binding = Binding::of_cloud(&cloud);
        if self.ground.store.load_cloud(&cloud.name).await?.is_none() {
            self.ground.save_sealed(&binding, None).await?;
        }
        self.ground.store.save_cloud(&cloud).await?;
        tracing::info!(caller = %self.caller, cloud = %cloud.name, "cloud added");
        Ok(cloud)
    }

    /// Refused while something uses it.
    pub async fn remove_cloud(&self, name: &str) -> Result<(), Problem> {
        let cloud = self.show_cloud(name).await?;
        if cloud.builtin {
            return Err(Problem::new(
                Code::CloudBuiltIn,
                format!("`{name}` is a built-in cloud"),
                "Only clouds that were added can be removed.",
            ));
        }
        self.ground.store.delete_cloud(name).await?;
        self.ground
            .store
            .delete_secret(&SecretOwner::Cloud(name.to_owned()))
            .await?;
        tracing::info!(caller = %self.caller, cloud = name, "cloud removed");
        Ok(())
    }
}
