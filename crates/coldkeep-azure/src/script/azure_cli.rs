//! The script for Bash and the Azure CLI.

use super::{IDS_LINE, Script, safe_json, text::posix_word};
use crate::arm::CONDITION_VERSION;
use std::fmt::Write as _;

const HEAD: &str = r#"#!/usr/bin/env bash
# Sets up an application for Coldkeep. Run it where `az login` has signed in a user who can register applications and
# assign roles; Azure Cloud Shell is such a place. It may be run again: what is there already stays as it is.
# It holds no secret: of the certificate it has the public part only.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
stop() { say "error: $*"; exit 1; }

# What was made a moment ago is not known everywhere at once.
patiently() {
  local pause
  for pause in ${COLDKEEP_PAUSES:-2 4 8 15 30 30 30 30}; do
    if "$@"; then return 0; fi
    say 'Not yet; trying again ...'
    sleep "$pause"
  done
  "$@"
}

# A request to Microsoft Graph or Resource Manager.
call() { az rest --only-show-errors --method "$@"; }

# Only ids from here.
check_id() { [[ $1 =~ ^[0-9a-fA-F-]{36}$ ]] || stop "expected an id and got: $1"; }

"#;

const PRINCIPAL: &str = r#"
principal_url="$graph/servicePrincipals(appId='$application_id')?\$select=id"
if ! principal_id=$(call GET --url "$principal_url" --query id --output tsv 2>/dev/null); then
  say 'Making its service principal ...'
  patiently call POST --url "$graph/servicePrincipals" --body "{\"appId\":\"$application_id\"}" --output none
  principal_id=$(patiently call GET --url "$principal_url" --query id --output tsv)
fi
check_id "$principal_id"
"#;

/// Graph replaces the whole list of keys: what is there is sent back as it came, the new one behind it.
const KEY: &str = r#"
keys_url="$graph/applications/$object_id"
has_key() {
  local count
  count=$(call GET --url "$keys_url?\$select=keyCredentials" \
    --query "length(keyCredentials[?key=='$certificate'])" --output tsv) || return 1
  [ "$count" -gt 0 ]
}
add_key() {
  local keys
  keys=$(call GET --url "$keys_url?\$select=keyCredentials" \
    --query "{keyCredentials: [keyCredentials, \`[$key]\`][]}" --output json) || return 1
  call PATCH --url "$keys_url" --body "$keys" --output none
}
ensure_key() { has_key || { add_key && has_key; }; }
say 'Registering the certificate beside the keys that are there ...'
patiently ensure_key
"#;

pub(super) fn render(script: &Script<'_>) -> String {
    let mut text = HEAD.to_owned();
    place(script, &mut text);
    application(script, &mut text);
    text.push_str(PRINCIPAL);
    let _ = write!(
        text,
        "\ncertificate={}\nkey={}",
        posix_word(&script.certificate_base64()),
        posix_word(&script.key())
    );
    text.push_str(KEY);
    roles(script, &mut text);
    assignments(script, &mut text);
    ids(script, &mut text);
    text
}

/// Refuses to run in another cloud or tenant than it was written for.
fn place(script: &Script<'_>, text: &mut String) {
    let _ = write!(
        text,
        "graph={}\nresource_manager={}\n\
         az_resource_manager=$(az cloud show --query endpoints.resourceManager --output tsv)\n\
         [ \"${{az_resource_manager%/}}\" = \"$resource_manager\" ] ||\n  stop \
         \"az is set to another cloud ($az_resource_manager), and this script is for $resource_manager: \
         see az cloud set\"\n\
         tenant_id=$(az account show --query tenantId --output tsv) || stop 'sign in first: az login'\n\
         check_id \"$tenant_id\"\n",
        posix_word(&script.graph()),
        posix_word(script.cloud.resource_manager.trim_end_matches('/')),
    );
    if let Some(tenant_id) = script.tenant_id {
        let _ = write!(
            text,
            "wanted_tenant={}\n[ \"$tenant_id\" = \"$wanted_tenant\" ] ||\n  \
             stop \"az is signed in to the tenant $tenant_id: az login --tenant $wanted_tenant\"\n",
            posix_word(tenant_id)
        );
    }
}

fn application(script: &Script<'_>, text: &mut String) {
    let _ = write!(
        text,
        "\napplication_url=\"$graph\"{}\n\
         application_ids() {{ call GET --url \"$application_url?\\$select=id,appId\" --query '[id, appId]' --output tsv; }}\n",
        posix_word(&script.application_path())
    );
    match script.registration() {
        Some(body) => {
            let _ = write!(
                text,
                "if ! ids=$(application_ids 2>/dev/null); then\n  \
                 say 'Registering the application ...'\n  \
                 call PATCH --url \"$application_url\" --headers Prefer=create-if-missing \\\n    --body {} --output none\n  \
                 ids=$(patiently application_ids)\nfi\n",
                posix_word(&body)
            );
        }
        None => text.push_str("ids=$(application_ids) || stop 'the application is not in this tenant'\n"),
    }
    text.push_str(
        "{ read -r object_id; read -r application_id; } <<<\"$(tr '\\t' '\\n' <<<\"$ids\")\"\n\
         check_id \"$object_id\"\ncheck_id \"$application_id\"\n",
    );
}

fn roles(script: &Script<'_>, text: &mut String) {
    for role in &script.roles {
        let url = format!(
            "{}{}?api-version=2022-04-01",
            script.cloud.resource_manager.trim_end_matches('/'),
            role.id()
        );
        let _ = write!(
            text,
            "\nrole_url={}\nif ! call GET --url \"$role_url\" --output none 2>/dev/null; then\n  \
             say {}\n  call PUT --url \"$role_url\" --output none \\\n    --body {}\nfi\n",
            posix_word(&url),
            posix_word(&format!("Creating the role {} ...", role.name)),
            posix_word(&safe_json(&role.body())),
        );
    }
}

fn assignments(script: &Script<'_>, text: &mut String) {
    text.push_str("\nassignments=()\n");
    for grant in &script.grants {
        let (query, condition) = match &grant.condition {
            Some(condition) => (
                "'[id, condition]'",
                format!(
                    "--condition-version {CONDITION_VERSION} --condition {} \\\n  ",
                    posix_word(condition)
                ),
            ),
            None => ("id", String::new()),
        };
        // `az` answers with the one that is there, where there is one.
        let _ = write!(
            text,
            "say {}\nassignment=$(patiently az role assignment create --only-show-errors \\\n  \
             --assignee-object-id \"$principal_id\" --assignee-principal-type ServicePrincipal \\\n  \
             --role {} \\\n  --scope {} \\\n  --description {} \\\n  {condition}--query {query} --output tsv)\n",
            posix_word(&format!("Assigning at {} ...", grant.scope)),
            posix_word(&grant.role_definition_id),
            posix_word(&grant.scope.0),
            posix_word(&grant.description),
        );
        if let Some(condition) = &grant.condition {
            let _ = write!(
                text,
                "{{ read -r assignment; read -r condition; }} <<<\"$(tr '\\t' '\\n' <<<\"$assignment\")\"\n\
                 [ \"$condition\" = {} ] ||\n  stop \
                 \"the role is already assigned there, with another condition: $condition\"\n",
                posix_word(condition)
            );
        }
        text.push_str("assignments+=(\"$assignment\")\n");
    }
}

fn ids(script: &Script<'_>, text: &mut String) {
    let begin = format!("{IDS_LINE}{{\"made_for\":{},", safe_json(&script.made_for));
    let _ = write!(
        text,
        "\nlist=''\nfor assignment in ${{assignments[@]+\"${{assignments[@]}}\"}}; do list=\"$list,\\\"$assignment\\\"\"; done\n\
         say 'Done. Pass the next line to the Coldkeep installation that wrote this script.'\n\
         printf '%s' {}\n\
         printf '\"tenant_id\":\"%s\",\"application_id\":\"%s\",\"application_object_id\":\"%s\",' \\\n  \
         \"$tenant_id\" \"$application_id\" \"$object_id\"\n\
         printf '\"principal_id\":\"%s\",\"assignment_ids\":[%s]}}\\n' \"$principal_id\" \"${{list#,}}\"\n",
        posix_word(&begin)
    );
}
