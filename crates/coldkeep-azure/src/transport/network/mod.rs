//! How requests leave this host: through which proxy, and which certificates are trusted.

mod connector;
mod proxy;
mod refusal;
mod roots;

pub(crate) use connector::{Connector, refused};
pub use proxy::Proxy;
pub(crate) use refusal::{ProxyRefusal, TrustFailure, untrusted_within};
pub use roots::check_ca_pem;
pub(crate) use roots::trusted;

use coldkeep_core::Problem;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use std::net::IpAddr;

/// The way to the network. The default is: directly, trusting what this system trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// For `http` addresses, which are on this machine only.
    pub http_proxy: Option<Proxy>,
    /// For `https` addresses.
    pub https_proxy: Option<Proxy>,
    /// Hosts that are asked directly: names (with all below them), addresses, networks (`10.0.0.0/8`), or `*`.
    pub no_proxy: String,
    /// Certificates (PEM) that are trusted for every cloud, besides those of the system.
    pub ca_pem: Option<String>,
}

impl Network {
    /// From the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case. `variable`
    /// reads one.
    ///
    /// # Errors
    /// `Invalid` if a variable holds no address of a proxy; what it holds is not shown, as it may be a password.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Problem> {
        let first = |names: [&'static str; 4]| {
            names
                .into_iter()
                .filter(|name| !name.is_empty())
                .find_map(|name| Some((name, variable(name)?)).filter(|(_, value)| !value.trim().is_empty()))
        };
        let proxy = |names: [&'static str; 4]| {
            first(names)
                .map(|(name, value)| Proxy::parse(&value, name))
                .transpose()
        };
        Ok(Self {
            http_proxy: proxy(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])?,
            https_proxy: proxy(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])?,
            no_proxy: first(["NO_PROXY", "no_proxy", "", ""])
                .map(|(_, value)| value)
                .unwrap_or_default(),
            ca_pem: None,
        })
    }

    /// The proxy that a request to this address goes through.
    ///
    /// An address of this machine is asked directly, unless the proxy is on this machine as well: no other could reach it.
    pub(crate) fn proxy_of(&self, to: &Uri) -> Option<&Proxy> {
        let (is_https, host) = (to.scheme_str() == Some("https"), to.host()?);
        let proxy = if is_https {
            self.https_proxy.as_ref()?
        } else {
            self.http_proxy.as_ref()?
        };
        if is_local(host) && !is_local(proxy.host()) {
            return None;
        }
        let port = to.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let matcher = Matcher::builder()
            .all("http://proxy.invalid")
            .no(listed(&self.no_proxy, port))
            .build();
        matcher.intercept(to).map(|_| proxy)
    }
}

/// The list as the matcher reads it: commas alone part the entries, `*.example.com` is `.example.com`, and an entry with
/// a port counts for that port only.
fn listed(no_proxy: &str, port: u16) -> String {
    let entries = no_proxy.split([',', ' ', '\t', ';']).filter_map(|entry| {
        let entry = entry.strip_prefix("*.").unwrap_or(entry);
        if entry.parse::<IpAddr>().is_ok() {
            return Some(entry.to_owned());
        }
        match entry.rsplit_once(':') {
            Some((host, named)) if named.parse() == Ok(port) => {
                Some(host.trim_matches(['[', ']']).to_owned())
            }
            Some((_, named)) if named.parse::<u16>().is_ok() => None,
            _ => Some(entry.trim_matches(['[', ']']).to_owned()),
        }
    });
    entries
        .filter(|entry| !entry.is_empty())
        .collect::<Vec<_>>()
        .join(",")
}

/// Whether it is this machine.
fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Network, Problem> {
        let owned: Vec<_> = variables.to_vec();
        Network::from_environment(move |name| {
            let found = owned.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn each_scheme_has_its_variable_and_both_have_a_common_one() {
        let address = |proxy: &Option<Proxy>| proxy.as_ref().map(Proxy::to_string);
        for (variables, http, https) in [
            (&[][..], None, None),
            (&[("HTTPS_PROXY", "http://a:1")], None, Some("http://a:1")),
            (&[("http_proxy", "b:2")], Some("http://b:2"), None),
            (
                &[("ALL_PROXY", "http://c")],
                Some("http://c:80"),
                Some("http://c:80"),
            ),
            (
                &[("all_proxy", "c:3"), ("https_proxy", "https://d")],
                Some("http://c:3"),
                Some("https://d:443"),
            ),
            (&[("HTTPS_PROXY", " ")], None, None),
            (
                &[("HTTPS_PROXY", ""), ("https_proxy", "e:5")],
                None,
                Some("http://e:5"),
            ),
        ] {
            let network = from(variables).unwrap();
            assert_eq!(address(&network.http_proxy).as_deref(), http, "{variables:?}");
            assert_eq!(address(&network.https_proxy).as_deref(), https, "{variables:?}");
        }
    }

    #[test]
    fn a_wrong_variable_is_named_and_its_text_is_not() {
        let refused = from(&[("HTTPS_PROXY", "http://me:hu#sh@proxy:3128")]).unwrap_err();
        assert!(refused.what.contains("HTTPS_PROXY"), "{refused}");
        assert!(!format!("{refused:?}").contains("hu#"), "{refused}");
    }

    #[test]
    fn who_is_asked_directly() {
        let through = |proxy: &str, no_proxy: &str, to: &str| {
            let network = from(&[("ALL_PROXY", proxy), ("NO_PROXY", no_proxy)]).unwrap();
            network.proxy_of(&to.parse().unwrap()).is_some()
        };
        for (no_proxy, to, expected) in [
            ("", "https://login.microsoftonline.com/", true),
            ("*", "https://login.microsoftonline.com/", false),
            ("microsoftonline.com", "https://login.microsoftonline.com/", false),
            (
                ".microsoftonline.com",
                "https://login.microsoftonline.com/",
                false,
            ),
            (
                "*.microsoftonline.com",
                "https://login.microsoftonline.com/",
                false,
            ),
            ("MICROSOFTONLINE.COM", "https://login.microsoftonline.com/", false),
            ("online.com", "https://login.microsoftonline.com/", true),
            ("a.example b.example", "https://b.example/", false),
            ("b.example:443", "https://b.example/", false),
            ("b.example:8443", "https://b.example/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", false),
            ("10.0.0.0/8", "https://11.1.2.3/", true),
            ("fd00::/8", "https://[fd00::1]/", false),
            ("[fd00::1]", "https://[fd00::1]/", false),
            // This machine.
            ("", "http://127.0.0.1:10000/", false),
            ("", "https://localhost:1/", false),
            ("", "https://[::1]:1/", false),
        ] {
            assert_eq!(
                through("http://proxy:1", no_proxy, to),
                expected,
                "{no_proxy} {to}"
            );
        }
        assert!(through("http://127.0.0.1:1", "", "http://127.0.0.1:10000/"));
        assert!(!through(
            "http://127.0.0.1:1",
            "127.0.0.1",
            "http://127.0.0.1:10000/"
        ));
    }
}
