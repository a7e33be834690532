//! What is in the simulated tenant, asked for over its own sockets by a client that is not Coldkeep's.

use coldkeep_sim::World;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Ids of everything that setting up service accounts could leave behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub applications: Vec<String>,
    pub service_principals: Vec<String>,
    pub deleted: Vec<String>,
    pub roles: Vec<String>,
    pub assignments: Vec<String>,
    /// Certificates registered with all applications together.
    pub keys: usize,
}

pub async fn view(world: &World) -> View {
    let at = world.endpoints();
    let admin = world.principal("admin@northwind.example").unwrap();
    let graph_token = world.token_for(&admin, &at.graph).unwrap();
    let arm_token = world.token_for(&admin, &at.resource_manager).unwrap();
    let graph = async |path: &str| ids(&get(&format!("{}/v1.0/{path}", at.graph), &graph_token).await);
    let applications = graph("applications").await;
    let mut keys = 0;
    for id in &applications {
        let path = format!("{}/v1.0/applications/{id}?$select=keyCredentials", at.graph);
        keys += get(&path, &graph_token).await["keyCredentials"]
            .as_array()
            .map_or(0, Vec::len);
    }
    let mut deleted = graph("directory/deletedItems/microsoft.graph.application").await;
    deleted.extend(graph("directory/deletedItems/microsoft.graph.servicePrincipal").await);
    let (mut roles, mut assignments) = (vec![], vec![]);
    for subscription in &world.options().tenants[0].subscriptions {
        let base = format!(
            "{}/subscriptions/{}/providers/Microsoft.Authorization",
            at.resource_manager, subscription.id
        );
        let list =
            async |what: &str| ids(&get(&format!("{base}/{what}?api-version=2022-04-01"), &arm_token).await);
        roles.extend(list("roleDefinitions").await);
        assignments.extend(list("roleAssignments").await);
    }
    View {
        applications,
        service_principals: graph("servicePrincipals").await,
        deleted,
        roles,
        assignments,
        keys,
    }
}

fn ids(page: &Value) -> Vec<String> {
    assert!(
        page["nextLink"].is_null() && page["@odata.nextLink"].is_null(),
        "one page is all there is"
    );
    let mut ids: Vec<String> = page["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

async fn get(url: &str, token: &str) -> Value {
    send("GET", url, token, None).await
}

/// Writes a blob over whatever is there; the status and the head of the answer.
pub async fn put_blob(url: &str, token: &str, content: &str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "PUT /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         x-ms-version: 2025-11-05\r\nx-ms-blob-type: BlockBlob\r\ncontent-length: {}\r\n\r\n{content}",
        content.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// Sends a request that must succeed; an empty answer is null.
pub async fn send(method: &str, url: &str, token: &str, body: Option<&Value>) -> Value {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {head} {body}");
    match body {
        "" => Value::Null,
        body => serde_json::from_str(body).unwrap(),
    }
}
