//! The names of what can be given and of what can be allowed; a surface shows them in its own way.

use super::Setting;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident, $word:literal, $what:literal;)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $(#[doc = $what] #[serde(rename = $word)] $variant,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable word: the name in REST, where REST has it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it is, as a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }
        }
    };
}

words! {
    /// A value that can be given, independent of its name on a surface. If the value is a file's content, a terminal
    /// takes the file.
    Field {
        Abandon, "abandon", "Abandon a renewal that is in progress.";
        Account, "account", "The name of a storage account.";
        AccountKey, "account_key", "A storage account's key.";
        ActiveDirectory, "active_directory", "The address of Entra in a cloud.";
        ApiVersion, "api_version", "The API version of Blob Storage.";
        ApplicationObjectId, "application_object_id", "The object id of an application's registration.";
        BySignIn, "by_sign_in", "Use the permissions of a user who signs in.";
        CaFile, "ca_pem", "CA certificates to trust.";
        Certificate, "certificate", "A certificate of the certificate store.";
        ClientId, "client_id", "The public client to sign in with.";
        Cloud, "cloud", "The name of a cloud.";
        Container, "container", "The name of a container.";
        DataDir, "data_dir", "The data folder of Coldkeep.";
        Deep, "deep", "Read the content, too.";
        DeleteObjects, "delete_objects", "Delete the objects in Azure, too.";
        Existing, "existing", "Use an application that exists.";
        Folder, "folder", "The folder in a container.";
        Format, "format", "The format of a file.";
        GenerateCertificate, "generate_certificate", "Generate a new certificate.";
        Grant, "grant", "Change permissions and registrations in Azure.";
        GrantOn, "grants", "A permission set and its scope.";
        Listen, "listen", "The address the server listens at.";
        MasterKeyFile, "master_key_file", "The file with the master key.";
        MaxRequestsPerSecond, "max_requests_per_second", "The maximum number of requests per second of a \
            job.";
        Name, "name", "The name of a new object.";
        NewMasterKeyFile, "new_master_key_file", "The file for a new master key.";
        OnChange, "on_change", "How a job handles blobs that change.";
        Pem, "pem", "PEM files with a certificate and its key.";
        Pfx, "pfx", "A PFX file.";
        Pin, "pin", "The user PIN of a token.";
        Proxy, "proxy", "The address of a proxy.";
        ProxyPassword, "proxy_password", "The password for a proxy.";
        ProxyUser, "proxy_user", "The user for a proxy.";
        Repository, "repository", "The name of a repository.";
        Retire, "retire", "Remove credentials that were replaced.";
        Revoke, "revoke", "A grant to revoke.";
        Sas, "sas", "A shared access signature.";
        Server, "server", "The address of the server.";
        ServerToken, "server_token", "The token of the server's API.";
        ServiceAccount, "service_account", "The name of a service account.";
        SignIn, "sign_in", "The way to sign in.";
        Subscription, "subscription", "The id of a subscription.";
        Tenant, "tenant", "The id or a domain of a tenant.";
        Thumbprint, "thumbprint", "The thumbprint of the certificate to use from a file.";
        Tier, "tier", "The access tier of copied blobs.";
        To, "to", "The repository and folder to restore to.";
        ToDir, "to_dir", "The folder of this machine to restore to.";
        Token, "token", "The PKCS#11 token to generate a key in.";
        UpdateRoles, "update_roles", "Replace roles with those of this version.";
        ValidDays, "valid_days", "How many days a credential is valid.";
        Which, "which", "The friendly name of the key to use from a file.";
        WriterKey, "writer_key", "The public key of another writer.";
    }
}

words! {
    /// Something that is refused unless it is allowed on purpose.
    Allowance {
        BuiltInRoles, "allow_built_in_roles", "Assign built-in roles, which allow more than is needed.";
        Incomplete, "allow_incomplete", "Create restore points that lack blobs.";
        Overwrite, "overwrite", "Replace existing blobs and files.";
        SameName, "allow_same_name", "Create an application even if the name is already taken.";
        WideScope, "allow_wide_scope", "Grant at subscription or resource-group scope.";
    }
}

impl Field {
    /// The field with the value it should have.
    pub fn set(self, value: impl ToString) -> Setting {
        Setting {
            field: self,
            value: value.to_string(),
        }
    }
}
