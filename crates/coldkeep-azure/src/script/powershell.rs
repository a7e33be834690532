//! The script for PowerShell, with the modules Microsoft.Graph.Authentication and Az.Accounts.

use super::{IDS_LINE, Script, safe_json, text::powershell_word};
use crate::arm::CONDITION_VERSION;
use std::fmt::Write as _;

const HEAD: &str = r#"#Requires -Modules Microsoft.Graph.Authentication, Az.Accounts
# Sets up an application for Coldkeep. Run it after Connect-MgGraph -Scopes Application.ReadWrite.All and
# Connect-AzAccount, as a user who can register applications and assign roles. It can be run again: what is there
# already stays as it is. It holds no secret: of the certificate it has the public part only.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0

# A request to Microsoft Graph; $null where nothing is found.
function Invoke-Graph([string]$Method, [string]$Path, [string]$Body, [hashtable]$Headers = @{}) {
  $call = @{ Method = $Method; Uri = "$Graph$Path"; Headers = $Headers; OutputType = 'PSObject'
    SkipHttpErrorCheck = $true; StatusCodeVariable = 'status' }
  if ($Body) { $call.Body = $Body; $call.ContentType = 'application/json' }
  $answer = Invoke-MgGraphRequest @call
  if ($status -eq 404) { return $null }
  if ($status -ge 400) { throw "Microsoft Graph refused $Method $Path ($status): $($answer | ConvertTo-Json -Depth 5)" }
  $answer
}

# A request to Resource Manager; $null where nothing is found.
function Invoke-Manager([string]$Method, [string]$Path, [string]$Payload) {
  $call = @{ Method = $Method; Path = $Path }
  if ($Payload) { $call.Payload = $Payload }
  $answer = Invoke-AzRestMethod @call
  if ($answer.StatusCode -eq 404) { return $null }
  if ($answer.StatusCode -ge 400) { throw "Resource Manager refused $Method $Path ($($answer.StatusCode)): $($answer.Content)" }
  $answer.Content | ConvertFrom-Json
}

# What was made a moment ago is not known everywhere at once.
function Wait-For([scriptblock]$Attempt) {
  foreach ($pause in 2, 4, 8, 15, 30, 30, 30, 30) {
    try { $found = & $Attempt; if ($null -ne $found) { return $found } }
    catch { Write-Host "Not yet ($_); trying again ..." }
    Start-Sleep -Seconds $pause
  }
  $found = & $Attempt
  if ($null -eq $found) { throw 'It did not appear within some minutes; run this again.' }
  $found
}

"#;

const PRINCIPAL: &str = r#"
$principalPath = "/servicePrincipals(appId='$applicationId')?`$select=id"
$principal = Invoke-Graph GET $principalPath
if ($null -eq $principal) {
  Write-Host 'Making its service principal ...'
  $principal = Wait-For { Invoke-Graph POST '/servicePrincipals' (@{ appId = $applicationId } | ConvertTo-Json) }
}
$principalId = $principal.id
"#;

/// Graph replaces the whole list of keys: what is there is sent back as it came, the new one behind it.
const KEY: &str = r#"
$keysPath = "/applications/$objectId"
function Get-Keys { @((Invoke-Graph GET "$keysPath`?`$select=keyCredentials").keyCredentials) }
function Test-Key { [bool](Get-Keys | Where-Object { $_.key -ceq $certificate }) }
if (-not (Test-Key)) {
  Write-Host 'Registering the certificate beside the keys that are there ...'
  $keys = @(Get-Keys) + ($key | ConvertFrom-Json)
  $body = @{ keyCredentials = $keys } | ConvertTo-Json -Depth 5
  Invoke-Graph PATCH $keysPath $body | Out-Null
  Wait-For { if (Test-Key) { $true } } | Out-Null
}
"#;

pub(super) fn render(script: &Script<'_>) -> String {
    let mut text = HEAD.to_owned();
    place(script, &mut text);
    application(script, &mut text);
    text.push_str(PRINCIPAL);
    let _ = write!(
        text,
        "\n$certificate = {}\n$key = {}",
        powershell_word(&script.certificate_base64()),
        powershell_word(&script.key())
    );
    text.push_str(KEY);
    for role in &script.roles {
        let _ = write!(
            text,
            "\n$rolePath = {}\nif ($null -eq (Invoke-Manager GET $rolePath)) {{\n  Write-Host {}\n  \
             Invoke-Manager PUT $rolePath {} | Out-Null\n}}\n",
            powershell_word(&format!("{}?api-version=2022-04-01", role.id())),
            powershell_word(&format!("Creating the role {} ...", role.name)),
            powershell_word(&safe_json(&role.body())),
        );
    }
    assignments(script, &mut text);
    let begin = format!("{IDS_LINE}{{\"made_for\":{},", safe_json(&script.made_for));
    let _ = write!(
        text,
        "\n$list = ($assignments | ForEach-Object {{ '\"' + $_ + '\"' }}) -join ','\n\
         Write-Host 'Done. Pass the next line to the Coldkeep installation that wrote this script.'\n\
         Write-Output ({} +\n  \
         \"`\"tenant_id`\":`\"$tenantId`\",`\"application_id`\":`\"$applicationId`\",`\"application_object_id`\":`\"$objectId`\",\" +\n  \
         \"`\"principal_id`\":`\"$principalId`\",`\"assignment_ids`\":[$list]}}\")\n",
        powershell_word(&begin)
    );
    text
}

/// Refuses to run in another cloud or tenant than it was written for.
fn place(script: &Script<'_>, text: &mut String) {
    let _ = write!(
        text,
        "$Graph = {}\n$manager = {}\n$context = Get-AzContext\n\
         if ($null -eq $context) {{ throw 'Sign in first: Connect-AzAccount' }}\n\
         if ($context.Environment.ResourceManagerUrl.TrimEnd('/') -ne $manager) {{ throw \"This script is \
         for another cloud: $manager\" }}\n\
         $tenantId = $context.Tenant.Id\n\
         if ((Get-MgContext).TenantId -ne $tenantId) {{ throw 'Connect-MgGraph and Connect-AzAccount are of different tenants' }}\n",
        powershell_word(&script.graph()),
        powershell_word(script.cloud.resource_manager.trim_end_matches('/')),
    );
    if let Some(tenant_id) = script.tenant_id {
        let _ = writeln!(
            text,
            "if ($tenantId -ne {0}) {{ throw ('This script is for the tenant ' + {0}) }}",
            powershell_word(tenant_id)
        );
    }
}

fn application(script: &Script<'_>, text: &mut String) {
    let _ = write!(
        text,
        "\n$applicationPath = {}\n$application = Invoke-Graph GET \"$applicationPath`?`$select=id,appId\"\n\
         if ($null -eq $application) {{\n",
        powershell_word(&script.application_path())
    );
    match script.registration() {
        Some(body) => {
            let _ = write!(
                text,
                "  Write-Host 'Registering the application ...'\n  \
                 Invoke-Graph PATCH $applicationPath {} @{{ Prefer = 'create-if-missing' }} | Out-Null\n  \
                 $application = Wait-For {{ Invoke-Graph GET \"$applicationPath`?`$select=id,appId\" }}\n",
                powershell_word(&body)
            );
        }
        None => text.push_str("  throw 'The application is not in this tenant'\n"),
    }
    text.push_str("}\n$objectId = $application.id\n$applicationId = $application.appId\n");
}

fn assignments(script: &Script<'_>, text: &mut String) {
    text.push_str("\n$assignments = @()\n");
    for grant in &script.grants {
        let mut properties = serde_json::json!({
            "roleDefinitionId": grant.role_definition_id,
            "principalId": "PRINCIPAL",
            "principalType": "ServicePrincipal",
            "description": grant.description,
        });
        if let Some(condition) = &grant.condition {
            properties["condition"] = serde_json::json!(condition);
            properties["conditionVersion"] = serde_json::json!(CONDITION_VERSION);
        }
        let body = safe_json(&serde_json::json!({ "properties": properties }));
        let _ = write!(
            text,
            "\n$scope = {}\n$role = {}\nWrite-Host \"Assigning at $scope ...\"\n\
             $all = \"$scope/providers/Microsoft.Authorization/roleAssignments\"\n\
             $there = (Invoke-Manager GET \"$all`?api-version=2022-04-01&`$filter=principalId eq '$principalId'\").value |\n  \
             Where-Object {{ $_.properties.scope -eq $scope -and $_.properties.roleDefinitionId.Split('/')[-1] -eq $role.Split('/')[-1] }}\n\
             if ($there -and [string]@($there)[0].properties.condition -cne {}) {{ throw 'The role is \
             already assigned there, with another condition' }}\n\
             if ($null -eq $there) {{\n  \
             $payload = {}.Replace('\"principalId\":\"PRINCIPAL\"', \"`\"principalId`\":`\"$principalId`\"\")\n  \
             $name = [guid]::NewGuid().ToString()\n  \
             $there = Wait-For {{ Invoke-Manager PUT \"$all/$name`?api-version=2022-04-01\" $payload }}\n}}\n\
             $assignments += @($there)[0].id\n",
            powershell_word(grant.scope.0.trim_end_matches('/')),
            powershell_word(&grant.role_definition_id),
            powershell_word(grant.condition.as_deref().unwrap_or_default()),
            powershell_word(&body),
        );
    }
}
