//! Proxies and trusted certificates: the settings, the environment, and the result.

use crate::{ground::Ground, ground::sealed::Binding};
use coldkeep_api::{ChangeNetwork, Given, NetworkFacts, ProxyFacts};
use coldkeep_azure::{Network, Proxy, check_ca_pem};
use coldkeep_core::{
    Code, Problem, SecretOwner, SecretString, fix,
    network::NetworkSetting,
    problem::{Field, Verb},
};

const SETTING: &str = "network";

impl Ground {
    /// How requests leave this host now.
    pub(crate) async fn show_network(&self) -> Result<NetworkFacts, Problem> {
        let setting = self.load_network_setting().await?.unwrap_or_default();
        let network = self.network().await?;
        let facts = |proxy: &Option<Proxy>| {
            proxy.as_ref().map(|proxy| ProxyFacts {
                address: proxy.to_string(),
                has_user: proxy.has_user(),
            })
        };
        Ok(NetworkFacts {
            proxy: facts(&network.https_proxy),
            http_proxy: facts(&network.http_proxy),
            no_proxy: network.no_proxy,
            ca_file: network.ca_pem.is_some(),
            setting,
        })
    }

    /// Replaces what was set. Nothing is sent; the next request goes the new way.
    ///
    /// # Errors
    /// `Invalid` if something of it could not be used; what was set before stays.
    pub(crate) async fn change_network(&self, change: ChangeNetwork) -> Result<NetworkFacts, Problem> {
        let setting = NetworkSetting {
            proxy: change
                .proxy
                .as_deref()
                .map(|text| plain_address(text).map(|proxy| proxy.to_string()))
                .transpose()?,
            proxy_user: change.proxy_user,
            no_proxy: change.no_proxy,
            ca_pem: change.ca_pem,
        };
        if setting.proxy.is_none() && (setting.proxy_user.is_some() || change.proxy_password.is_some()) {
            return Err(Problem::new(
                Code::ProxyInvalid,
                "A user for the proxy is set, but no proxy",
                fix!["Name the proxy as well (", Field::Proxy, ")."],
            ));
        }
        if setting.proxy_user.is_none() && change.proxy_password.is_some() {
            return Err(Problem::new(
                Code::ProxyInvalid,
                "A password for the proxy is set, but no user",
                fix!["Name the user as well (", Field::ProxyUser, ")."],
            ));
        }
        if let Some(pem) = &setting.ca_pem {
            check_ca_pem(pem, "The network's CA file")?;
        }
        let password = change.proxy_password.map(Given::into_secret).unwrap_or_default();
        network_of(&setting, &password)?;
        // The seal first: a setting whose seal is another's is never used.
        self.save_sealed(&Binding::of_network(&setting), Some(&password))
            .await?;
        self.store.save_setting(SETTING, &setting).await?;
        self.show_network().await
    }

    /// The route to the network: from the settings, else from the environment.
    pub(crate) async fn network(&self) -> Result<Network, Problem> {
        let setting = match self.load_network_setting().await? {
            Some(setting) if !setting.is_empty() => setting,
            _ => return environment(),
        };
        // A row that was tampered with changes neither routes nor trust.
        let password = self
            .load_sealed(&Binding::of_network(&setting))
            .await
            .map_err(|problem| {
                problem.with_fix(fix![
                    "Nothing was sent. If no administrator changed the network settings, the database was \
                     tampered with. Set them again: ",
                    Verb::SettingsNetwork.any().with(Field::Proxy),
                    "."
                ])
            })?;
        network_of(&setting, &password)
    }

    async fn load_network_setting(&self) -> Result<Option<NetworkSetting>, Problem> {
        self.store.load_setting(SETTING).await
    }
}

fn environment() -> Result<Network, Problem> {
    Network::from_environment(|name| std::env::var(name).ok())
}

fn network_of(setting: &NetworkSetting, password: &SecretString) -> Result<Network, Problem> {
    let mut network = match (&setting.proxy, &setting.no_proxy) {
        // The environment counts for nothing, and must not interfere.
        (Some(_), Some(_)) => Network::default(),
        _ => environment()?,
    };
    if let Some(address) = &setting.proxy {
        let proxy = plain_address(address)?;
        let proxy = match &setting.proxy_user {
            Some(user) => proxy.with_user(user, password)?,
            None => proxy,
        };
        network.http_proxy = Some(proxy.clone());
        network.https_proxy = Some(proxy);
    }
    if let Some(no_proxy) = &setting.no_proxy {
        network.no_proxy.clone_from(no_proxy);
    }
    network.ca_pem.clone_from(&setting.ca_pem);
    Ok(network)
}

/// An address that names no user: arguments and the database are no place for a password.
fn plain_address(text: &str) -> Result<Proxy, Problem> {
    let proxy = Proxy::parse(text, "The proxy")?;
    if proxy.has_user() {
        return Err(Problem::new(
            Code::ProxyInvalid,
            format!("The address of the proxy {proxy} holds a user or a password"),
            fix![
                "Remove them from the address: ",
                Field::ProxyUser,
                " names the user and ",
                Field::ProxyPassword,
                " gives the password."
            ],
        ));
    }
    Ok(proxy)
}

impl Binding {
    /// Of the network: the proxy's password, and the certificates that are trusted.
    pub(crate) fn of_network(setting: &NetworkSetting) -> Self {
        use sha2::{Digest, Sha256};
        let ca = setting.ca_pem.as_deref().map_or_else(
            || "none".to_owned(),
            |pem| data_encoding::HEXLOWER.encode(&Sha256::digest(pem.as_bytes())),
        );
        Self::new(
            SecretOwner::Network,
            "the network's settings".to_owned(),
            format!(
                "the proxy {} as {}, for all hosts but {}, trusting the certificates {ca}",
                setting.proxy.as_deref().unwrap_or("of the environment"),
                setting.proxy_user.as_deref().unwrap_or("nobody"),
                setting.no_proxy.as_deref().unwrap_or("those of the environment"),
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_is_refused_and_not_shown() {
        let refused = plain_address("http://me:hush@proxy:3128").unwrap_err();
        assert!(!format!("{refused:?}").contains("hush"), "{refused}");
    }

    #[test]
    fn what_is_set_counts_before_the_environment() {
        let setting = NetworkSetting {
            proxy: Some("http://proxy:3128".into()),
            proxy_user: Some("me".into()),
            no_proxy: Some("direct.example".into()),
            ca_pem: None,
        };
        let network = network_of(&setting, &"p@ss".into()).unwrap();
        let proxy = network.https_proxy.unwrap();
        assert_eq!(proxy.to_string(), "http://proxy:3128");
        assert!(proxy.has_user());
        assert_eq!(network.no_proxy, "direct.example");
        let other = NetworkSetting {
            no_proxy: None,
            ..setting.clone()
        };
        assert_ne!(Binding::of_network(&setting), Binding::of_network(&other));
    }
}
