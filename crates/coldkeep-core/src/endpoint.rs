//! Whether two addresses belong to one storage account, as far as their text shows.

// The types of addresses alone: there are no sockets in `core::net`.
use core::net::IpAddr;
use url::{Host, Url};

/// One storage account, as two repositories may spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountAddress<'a> {
    /// Coldkeep's name for the cloud: account names are unique within one.
    pub cloud: &'a str,
    pub account: &'a str,
    pub endpoint: &'a str,
}

impl AccountAddress<'_> {
    /// Whether both are one account. A custom domain is not recognised: only its content shows it.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (self.cloud == other.cloud && self.account == other.account)
            || normal_endpoint(self.endpoint) == normal_endpoint(other.endpoint)
    }
}

/// An endpoint in one of its many spellings: host in lower case and without its final dot, the port always, all names
/// of this machine alike, an account as the path where it is the first label of `….localhost`, secondary and private
/// endpoints as the primary one. For comparing only; a text that is no URL is compared as it is.
pub fn normal_endpoint(endpoint: &str) -> String {
    let trimmed = endpoint.trim().trim_end_matches('/');
    let Ok(url) = Url::parse(trimmed) else {
        return trimmed.to_ascii_lowercase();
    };
    let mut account_label = None;
    let host = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            match name.strip_suffix(".localhost") {
                Some(labels) => {
                    account_label = labels.split('.').next().map(str::to_owned);
                    LOOPBACK.to_owned()
                }
                None => public_name(&name),
            }
        }
        Some(Host::Ipv4(ip)) => ip_name(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => ip_name(ip.to_canonical()),
        None => String::new(),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    let path: Vec<&str> = account_label
        .as_deref()
        .into_iter()
        .chain(url.path().split('/').filter(|segment| !segment.is_empty()))
        .map(|segment| segment.strip_suffix(SECONDARY).unwrap_or(segment))
        .collect();
    format!("{host}:{port}/{}", path.join("/"))
}

const LOOPBACK: &str = "localhost";
/// Ends the account's name in the address of its read-only second endpoint.
const SECONDARY: &str = "-secondary";

fn ip_name(ip: IpAddr) -> String {
    if ip.is_loopback() || ip.is_unspecified() {
        LOOPBACK.to_owned()
    } else {
        ip.to_string()
    }
}

/// `north-secondary.blob.…` and `north.privatelink.blob.…` are `north.blob.…`.
fn public_name(name: &str) -> String {
    let Some((account, zone)) = name.split_once('.') else {
        return name.to_owned();
    };
    let account = account.strip_suffix(SECONDARY).unwrap_or(account);
    let zone = zone.strip_prefix("privatelink.").unwrap_or(zone);
    format!("{account}.{zone}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_endpoint_are_one() {
        for (one, others) in [
            (
                "https://north.blob.core.windows.net",
                &[
                    "https://NORTH.Blob.core.windows.net",
                    "HTTPS://north.blob.core.windows.net/",
                    "https://north.blob.core.windows.net:443",
                    "https://north.blob.core.windows.net.",
                    "https://north.blob.core.windows.net.:443//",
                    "https://north-secondary.blob.core.windows.net",
                    "https://north.privatelink.blob.core.windows.net",
                    "https://north%2Eblob.core.windows.net",
                ][..],
            ),
            (
                "http://127.0.0.1:10000/north",
                &[
                    "http://localhost:10000/north/",
                    "http://LOCALHOST.:10000/north",
                    "http://[::1]:10000/north",
                    "http://[::ffff:127.0.0.1]:10000/north",
                    "http://127.1:10000/north",
                    "http://0x7f000001:10000/north",
                    "http://127.8.8.8:10000/north",
                    "http://north.blob.localhost:10000",
                    "http://localhost:10000/./north",
                    "http://localhost:10000/north-secondary",
                ][..],
            ),
        ] {
            for other in others {
                assert_eq!(normal_endpoint(one), normal_endpoint(other), "{other}");
            }
        }
    }

    #[test]
    fn different_endpoints_stay_different() {
        let all = [
            "https://north.blob.core.windows.net",
            "https://south.blob.core.windows.net",
            "https://north.blob.core.windows.net:8443",
            "https://north.blob.core.chinacloudapi.cn",
            "https://blobs.example.net",
            "http://127.0.0.1:10000/north",
            "http://127.0.0.1:10000/south",
            "http://127.0.0.1:10001/north",
            "http://10.0.0.1:10000/north",
            "no url",
        ];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(normal_endpoint(one), normal_endpoint(other));
            }
        }
    }

    #[test]
    fn an_account_is_the_same_by_its_name_or_by_its_endpoint() {
        let address = |cloud, account, endpoint| AccountAddress {
            cloud,
            account,
            endpoint,
        };
        let plain = address("AzureCloud", "north", "https://north.blob.core.windows.net");
        for (other, same) in [
            (address("AzureCloud", "north", "https://blobs.example.net"), true),
            (
                address("own", "other", "https://North.blob.core.windows.net:443/"),
                true,
            ),
            (address("own", "north", "https://north.blob.example.net"), false),
            (
                address("AzureCloud", "south", "https://south.blob.core.windows.net"),
                false,
            ),
        ] {
            assert_eq!(plain.is_same_as(&other), same, "{other:?}");
        }
    }
}
