//! What goes wrong on the way: throttling, failing services, lost replies, other administrators. Each ends well or with a
//! message that names the fix; then going on ends well.

use super::*;
use crate::scene::here;
use coldkeep_core::Code;

/// Which request, what happens to it, and the kind it ends with; none: it ends well.
type Trouble = (
    &'static str,
    &'static str,
    &'static str,
    Action,
    u64,
    Option<Kind>,
);

fn status(status: u16, code: &str, retry_after_s: Option<u64>) -> Action {
    Action::Status {
        status,
        code: Some(code.into()),
        retry_after_s,
    }
}

fn troubles() -> Vec<Trouble> {
    let slow = || status(429, "TooManyRequests", Some(1));
    let busy = || status(503, "ServiceUnavailable", None);
    let (denied, failing) = (Some(Kind::Denied), Some(Kind::Unavailable));
    vec![
        ("graph", "GET", "/applications", slow(), 1, None),
        ("graph", "PATCH", "/applications", slow(), 1, None),
        ("graph", "PATCH", "/applications", Action::LoseReply, 1, None),
        ("graph", "POST", "/servicePrincipals", busy(), 1, None),
        ("graph", "POST", "/servicePrincipals", Action::LoseReply, 1, None),
        ("arm", "GET", "/permissions", busy(), 1, None),
        ("arm", "PUT", "/roleDefinitions", slow(), 1, None),
        ("arm", "PUT", "/roleDefinitions", Action::LoseReply, 1, None),
        ("arm", "PUT", "/roleAssignments", busy(), 1, None),
        ("arm", "PUT", "/roleAssignments", Action::LoseReply, 1, None),
        ("arm", "PUT", "/roleAssignments", Action::Drop, 1, None),
        ("login", "POST", "/token", Action::LoseReply, 1, None),
        ("blob", "GET", "/backups", busy(), 1, None),
        (
            "graph",
            "POST",
            "/servicePrincipals",
            status(403, "Authorization_RequestDenied", None),
            99,
            denied,
        ),
        (
            "arm",
            "PUT",
            "/roleDefinitions",
            status(403, "AuthorizationFailed", None),
            99,
            denied,
        ),
        (
            "arm",
            "PUT",
            "/roleAssignments",
            status(500, "InternalServerError", None),
            99,
            failing,
        ),
    ]
}

#[tokio::test]
async fn every_trouble_ends_well_or_names_the_fix_and_goes_on() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    scene.certificate("shared").await;
    let request = || {
        let credential = NewCredential::Certificate {
            certificate: "shared".into(),
        };
        let grants = vec![grant(PermissionSet::CopySource, scene.source())];
        register("north", sign_in, credential, grants)
    };
    let faults = scene.sim.world().faults();
    for (service, method, path, action, times, kind) in troubles() {
        let told = format!("{service} {method} {path} {action:?}");
        faults.add(
            Fault::new(action)
                .service(service)
                .method(method)
                .path_contains(path)
                .after(0, times),
        );
        let ended = scene.engine.identity(here()).add_service_account(request()).await;
        faults.clear();
        match (ended, kind) {
            (Ok(account), None) => all_ok(&account),
            (Err(problem), Some(kind)) => {
                assert_eq!(problem.kind, kind, "{told}: {problem}");
                assert!(problem.system.is_some(), "{told}: {problem}");
                assert!(problem.hint().contains("add `north` again"), "{told}: {problem}");
                let left = scene
                    .engine
                    .identity(here())
                    .show_service_account("north")
                    .await
                    .unwrap();
                assert_eq!(left.state, State::Incomplete, "{told}");
                all_ok(
                    &scene
                        .engine
                        .identity(here())
                        .add_service_account(request())
                        .await
                        .unwrap(),
                );
            }
            (ended, _) => panic!("{told}: {ended:?}"),
        }
        let now = scene.view().await;
        assert_eq!(
            (now.applications.len(), now.assignments.len(), now.keys),
            (
                before.applications.len() + 1,
                before.assignments.len() + 1,
                before.keys + 1
            ),
            "{told}"
        );
        scene.remove("north", sign_in).await.unwrap();
        assert_eq!(scene.view().await, before, "{told}");
    }
}

#[tokio::test]
async fn a_role_that_another_administrator_changes_meanwhile_is_not_assigned() {
    let scene = Scene::new().await;
    let sign_in = scene.sign_in(ADMIN).await;
    let before = scene.view().await;
    let request = |name: &str| {
        let grants = vec![grant(PermissionSet::CopySource, scene.source())];
        register(name, sign_in, generated(), grants)
    };
    scene
        .engine
        .identity(here())
        .add_service_account(request("first"))
        .await
        .unwrap();
    let first = scene.view().await;
    // Held after the plan was made from the role as it was.
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::Hold { after_effect: false })
            .service("graph")
            .method("POST")
            .after(0, 1),
    );
    let held = faults.held_ever() + 1;
    let (engine, second) = (scene.engine.clone(), request("second"));
    let adding = tokio::spawn(async move { engine.identity(here()).add_service_account(second).await });
    assert!(faults.wait_held(held, Duration::from_secs(60)).await);
    let widened = |rights: &mut coldkeep_sim::world::role::Permission| {
        rights.data_actions.push("*".into());
    };
    let world = scene.sim.world();
    world.change_role("Coldkeep copy-source v1", widened).unwrap();
    faults.clear();
    let refused = adding.await.unwrap().unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert_eq!(refused.code, Code::RoleChanged, "{refused}");
    assert_eq!(
        scene.view().await.assignments,
        first.assignments,
        "it is not granted"
    );
    // From now on the plan says so.
    let refused = scene
        .engine
        .identity(here())
        .add_service_account(request("second"))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::RoleChanged, "{refused}");
    for name in ["second", "first"] {
        scene.remove(name, sign_in).await.unwrap();
    }
    assert_eq!(scene.view().await, before);
}
