//! The simulator as a process of its own, driven through its control API.

use super::scenario::Scenario;
use crate::run::target_dir;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What the simulator says about itself at the start.
pub struct World {
    pub login: String,
    pub graph: String,
    pub resource_manager: String,
    /// With `{account}` in it.
    pub blob: String,
    pub control: String,
    pub tenant_id: String,
    pub application_id: String,
    pub secret: String,
    accounts: Value,
}

impl World {
    /// The account's first key.
    pub fn key_of(&self, account: &str) -> &str {
        self.account(account)["key"].as_str().unwrap_or_default()
    }

    fn account(&self, name: &str) -> &Value {
        let all = self.accounts.as_array().map_or(&[][..], Vec::as_slice);
        all.iter().find(|a| a["name"] == name).unwrap_or(&Value::Null)
    }
}

/// A running simulator; it ends with this value.
pub struct Simulator {
    process: Child,
    pub world: World,
    scratch: PathBuf,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

impl Simulator {
    /// Starts it without a log on free ports and reads what it prints.
    pub fn start() -> Result<Simulator> {
        Self::start_with(&[], &["--no-request-log"])
    }

    /// Starts it under another program (`taskset`) and with flags.
    pub fn start_with(under: &[&str], flags: &[&str]) -> Result<Simulator> {
        let scratch = target_dir().join("bench");
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch)?;
        }
        std::fs::create_dir_all(&scratch)?;
        let program = target_dir().join("dist/coldkeep-sim").into_os_string();
        let words: Vec<_> = under.iter().map(Into::into).chain([program]).collect();
        let mut process = Command::new(&words[0])
            .args(&words[1..])
            .args(["--output", "json"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the simulator")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("stdout is piped")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the simulator's first line is JSON")?;
        let text = |pointer: &str| -> Result<String> {
            let value = said.pointer(pointer).and_then(Value::as_str);
            Ok(value
                .with_context(|| format!("the simulator did not say {pointer}"))?
                .to_owned())
        };
        let world = World {
            login: text("/endpoints/login")?,
            graph: text("/endpoints/graph")?,
            resource_manager: text("/endpoints/resource_manager")?,
            blob: text("/endpoints/blob")?,
            control: text("/endpoints/control")?,
            tenant_id: text("/ready_app/tenant_id")?,
            application_id: text("/ready_app/app_id")?,
            secret: text("/ready_app/secret")?,
            accounts: said["accounts"].clone(),
        };
        Ok(Simulator {
            process,
            world,
            scratch,
        })
    }

    /// A folder for what the contenders write; emptied at the next start.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Fills a container of the source account.
    pub fn seed(&self, container: &str, prefix: &str, count: u64, size_bytes: u64) -> Result<()> {
        let body = json!({"account": "northsource", "container": container, "count": count, "size_bytes": size_bytes,
            "prefix": prefix});
        self.post("/blobs/seed", &body).map(|_| ())
    }

    /// Makes a container of the target account.
    pub fn create_container(&self, container: &str) -> Result<()> {
        self.post(
            "/containers",
            &json!({"account": "northtarget", "container": container}),
        )
        .map(|_| ())
    }

    /// Starts counting requests from zero.
    pub fn reset_counters(&self) -> Result<()> {
        self.post("/counters/reset", &json!({})).map(|_| ())
    }

    /// Requests to Blob Storage since the last reset, and how many of these were refused for there being too many.
    pub fn requests(&self) -> Result<(u64, u64)> {
        let said = self.get("/counters")?;
        let count = |what: &str| said[what].as_u64().context("the simulator counts its requests");
        Ok((count("blob")?, count("throttled")?))
    }

    /// Makes Blob Storage what a scenario says; none: fast and generous.
    pub fn slow_down(&self, scenario: Option<Scenario>) -> Result<()> {
        let latency_ms = scenario.map_or(0, Scenario::latency_ms);
        self.post("/settings", &json!({"latency_ms": {"blob": latency_ms}}))?;
        match scenario.and_then(Scenario::requests_per_s) {
            Some(per_s) => self.post("/throttles", &json!({"service": "blob", "requests_per_s": per_s})),
            None => self.delete("/throttles"),
        }
        .map(drop)
    }

    /// How many blobs a container of the target account holds.
    pub fn blobs_in(&self, container: &str) -> Result<u64> {
        let said = self.get(&format!("/containers?account=northtarget&container={container}"))?;
        said["blobs"].as_u64().context("the simulator counts its blobs")
    }

    /// The container's address with a signature for everything, as AzCopy wants it.
    pub fn signed_url(&self, account: &str, container: &str) -> String {
        let base = self.world.blob.replace("{account}", account);
        let sas = self.world.account(account)["sas"].as_str().unwrap_or_default();
        format!("{base}/{container}?{sas}")
    }

    /// A token of the application that may use both accounts.
    pub fn token(&self, scope: &str) -> Result<String> {
        let World {
            login,
            tenant_id,
            application_id,
            secret,
            ..
        } = &self.world;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", application_id),
            ("client_secret", secret),
            ("scope", scope),
        ];
        let url = format!("{login}/{tenant_id}/oauth2/v2.0/token");
        let said: Value = ureq::post(&url).send_form(form)?.body_mut().read_json()?;
        let token = said["access_token"].as_str();
        Ok(token.context("the simulator gives tokens")?.to_owned())
    }

    /// How much memory it holds.
    pub fn resident_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kib.context("Linux tells a process's memory")? / 1024.0)
    }

    fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.world.control);
        ureq::get(&url)
            .call()?
            .body_mut()
            .read_json()
            .with_context(|| url.clone())
    }

    fn delete(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.world.control);
        let text = ureq::delete(&url).call()?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.world.control);
        let text = ureq::post(&url).send_json(body)?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}
