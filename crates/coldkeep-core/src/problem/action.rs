//! What can be done with Coldkeep about a problem: a verb of one of its nouns, at what, and with what given.

use super::{Field, Setting};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that can be done with Coldkeep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub verb: Verb,
    /// The name of what it is done with; none where every name fits, or where the verb takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What has to be given along with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Argument>,
}

/// What is given along with an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// A field; the person knows its value, or it has none.
    Field(Field),
    Set(Setting),
}

macro_rules! verbs {
    ($($variant:ident, $word:literal, $what:literal, [$($field:ident),*];)*) => {
        /// What is done. Every one has a word for machines and, in [`Verb::words`], words for people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Verb { $(#[doc = concat!("To ", $what, ".")] $variant,)* }

        impl Verb {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// As an instruction, which the name of what it is done with may follow.
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $what,)* }
            }

            /// What may be given along with it; a surface has a place for each.
            pub fn takes(self) -> &'static [Field] {
                match self { $(Self::$variant => &[$(Field::$field),*],)* }
            }
        }
    };
}

verbs! {
    CertificateFolderList, "certificate_folder_list", "list the certificate folders", [];
    CertificateFolderRemove, "certificate_folder_remove", "remove the certificate folder", [];
    CertificateGenerate, "certificate_generate", "generate a certificate", [Token];
    CertificateImport, "certificate_import", "import a certificate", [];
    CertificateLink, "certificate_link", "link a certificate", [Pem];
    CertificateList, "certificate_list", "list the certificates", [];
    CloudList, "cloud_list", "list the clouds", [];
    JobList, "job_list", "list the jobs", [];
    JobRemove, "job_remove", "remove the job", [];
    PointFiles, "point_files", "list the files of the restore point", [];
    PointList, "point_list", "list the restore points", [Repository];
    PointShow, "point_show", "show the restore point", [];
    PointVerify, "point_verify", "verify the restore point", [Deep];
    RepositoryAdd, "repository_add", "add a repository", [Folder];
    RepositoryAdmit, "repository_admit", "admit a writer to the repository", [WriterKey];
    RepositoryAttach, "repository_attach", "attach the repository", [WriterKey];
    RepositoryCheck, "repository_check", "check the repository", [];
    RepositoryEdit, "repository_edit", "edit the repository", [AccountKey, Sas, ServiceAccount, Tier];
    RepositoryList, "repository_list", "list the repositories", [];
    RepositoryRemove, "repository_remove", "remove the repository", [];
    RunList, "run_list", "list the runs", [];
    Serve, "serve", "run the server", [];
    ServiceAccountCheck, "service_account_check", "check the service account", [BySignIn];
    ServiceAccountEdit, "service_account_edit", "edit the service account", [GrantOn, Revoke, UpdateRoles];
    ServiceAccountList, "service_account_list", "list the service accounts", [];
    ServiceAccountRemove, "service_account_remove", "remove the service account", [DeleteObjects];
    ServiceAccountRenew, "service_account_renew", "renew the service account", [Abandon, BySignIn, Retire];
    ServiceAccountScript, "service_account_script", "write the script for an administrator", [];
    ServiceAccountShow, "service_account_show", "show the service account", [];
    SettingsNetwork, "settings_network", "set the network", [CaFile, Proxy, ProxyPassword, ProxyUser];
    SettingsRekey, "settings_rekey", "change the master key", [NewMasterKeyFile];
}

impl Verb {
    /// Does it with a name to be filled in.
    pub fn any(self) -> Action {
        Action {
            verb: self,
            name: None,
            with: Vec::new(),
        }
    }

    /// Does it with what has this name.
    pub fn of(self, name: impl Into<String>) -> Action {
        Action {
            name: Some(name.into()),
            ..self.any()
        }
    }
}

impl Action {
    /// Gives something along with it that its verb takes.
    #[must_use]
    pub fn with(mut self, argument: impl Into<Argument>) -> Self {
        let argument = argument.into();
        let field = argument.field();
        debug_assert!(
            self.verb.takes().contains(&field),
            "{:?} does not take {field:?}",
            self.verb
        );
        self.with.push(argument);
        self
    }

    pub(super) fn fields(&self) -> Vec<Field> {
        self.with.iter().map(Argument::field).collect()
    }
}

impl Argument {
    fn field(&self) -> Field {
        match self {
            Argument::Field(field) => *field,
            Argument::Set(setting) => setting.field,
        }
    }
}

impl From<Field> for Argument {
    fn from(field: Field) -> Self {
        Self::Field(field)
    }
}

impl From<Setting> for Argument {
    fn from(setting: Setting) -> Self {
        Self::Set(setting)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb.words())?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        for (i, argument) in self.with.iter().enumerate() {
            f.write_str(if i == 0 { " with " } else { " and " })?;
            argument.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "`{}`", field.word()),
            Self::Set(setting) => setting.fmt(f),
        }
    }
}
