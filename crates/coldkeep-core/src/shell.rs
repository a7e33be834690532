//! The command lines that a script can be written for.

use serde::{Deserialize, Serialize};

/// For which command line a script is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shell {
    /// Bash with the Azure CLI, as in Azure Cloud Shell.
    #[default]
    AzureCli,
    /// PowerShell with the modules Microsoft.Graph.Authentication and Az.Accounts.
    Powershell,
}
