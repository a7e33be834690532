//! What a person or a script is told: how good a point is, what is odd about it, and which credential ended.

use crate::scene::Scene;
use coldkeep_core::{Clock, SystemClock};
use coldkeep_sim::blobs::{Seed, generated};

const SOURCE: (&str, &str) = ("northsource", "data");
const TARGET: (&str, &str) = ("northtarget", "copies");

/// Ten blobs, two repositories opened with keys, and the job `copy`.
fn ready(job: &[&str]) -> Scene {
    let scene = Scene::start();
    scene.add_repository("source", SOURCE.0, SOURCE.1);
    scene.add_repository("target", TARGET.0, TARGET.1);
    let place = scene.world.blobs_in(SOURCE.0, SOURCE.1);
    place.fill(generated("f/", 10, 100));
    scene.world.advance_clock(3);
    let add = ["job", "add", "copy", "--source", "source", "--target", "target"];
    scene.bin.ok(&[&add, job].concat());
    scene
}

/// A blob with metadata as nobody can write it any more: every point with it is inexact.
fn put_odd(scene: &Scene) {
    let odd = Seed {
        metadata: [("not-good".to_owned(), "2".to_owned())].into(),
        ..Seed::default()
    };
    scene.world.blobs_in(SOURCE.0, SOURCE.1).put("odd", "odd", &odd);
    scene.world.advance_clock(3);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_inexact_point_is_told_and_exits_with_3() {
    let scene = ready(&[]);
    let bin = &scene.bin;
    let said = bin.run(&["job", "run", "copy"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(one_line(&said.stdout).contains("exactness exact"), "{said:?}");

    put_odd(&scene);
    let said = bin.run(&["job", "run", "copy"]);
    assert_eq!(said.code, 3, "{said:?}");
    let table = one_line(&said.stdout);
    assert!(table.contains("exactness inexact: 1 blob uncertain"), "{table}");
    assert!(table.contains("uncertain odd: it has metadata"), "{table}");
    let told = one_line(&said.stderr);
    assert!(
        told.contains("warning: The point is inexact: 1 blob uncertain."),
        "{told}"
    );
    assert!(told.contains("coldkeep point show"), "{told}");

    let said = bin.run(&["--output", "json", "job", "run", "copy"]);
    assert_eq!(said.code, 3, "{said:?}");
    let run: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(run["point"]["exactness"], "inexact");
    assert_eq!(run["point"]["doubt_count"], 1);
    assert_eq!(run["point"]["as_asked"], false);
    assert_eq!(run["point"]["id"], run["point_id"]);
    let shown = bin.json(&["run", "show", run["id"].as_str().unwrap()]);
    assert_eq!(shown["point"], run["point"]);
    let list = bin.ok(&["run", "list"]);
    assert!(
        list.contains("inexact, 1 uncertain") && list.contains("exact"),
        "{list}"
    );
}

#[test]
fn an_inexact_point_that_the_rule_allows_exits_with_0() {
    let scene = ready(&["--on-change", "take-new"]);
    put_odd(&scene);
    let said = scene.bin.run(&["job", "run", "copy"]);
    assert_eq!(said.code, 0, "{said:?}");
    let told = one_line(&said.stderr);
    assert!(
        told.contains("inexact, as the job's rule (take-new) allows"),
        "{told}"
    );
}

#[test]
fn an_incomplete_point_is_told_and_exits_with_3() {
    let scene = ready(&["--allow-incomplete"]);
    let archived = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    scene
        .world
        .blobs_in(SOURCE.0, SOURCE.1)
        .put("cold", "cold", &archived);
    scene.world.advance_clock(3);
    let said = scene.bin.run(&["job", "run", "copy"]);
    assert_eq!(said.code, 3, "{said:?}");
    let table = one_line(&said.stdout);
    assert!(
        table.contains("exactness incomplete: 1 blob missing or uncertain"),
        "{table}"
    );
    assert!(
        one_line(&said.stderr).contains("The point is incomplete"),
        "{said:?}"
    );
}

#[test]
fn globs_that_match_nothing_and_empty_points_are_warned_about() {
    let scene = ready(&["--include", "*.vbk"]);
    let bin = &scene.bin;
    let planned = bin.json(&["job", "run", "copy", "--plan"]);
    assert_eq!(planned["remarks"][0]["code"], "include_matches_nothing");
    assert_eq!(planned["remarks"][0]["glob"], "*.vbk");
    let planned = one_line(&bin.ok(&["job", "run", "copy", "--plan"]));
    assert!(
        planned.contains("warning No blob in the point matches the include `*.vbk`."),
        "{planned}"
    );
    let ran = one_line(&bin.ok(&["job", "run", "copy"]));
    assert!(
        ran.contains("warning The point is empty: it holds no blob."),
        "{ran}"
    );

    let point = bin.json(&["point", "list"])[0]["id"].as_str().unwrap().to_owned();
    let dir = bin.beside("out").to_str().unwrap().to_owned();
    let report = bin.json(&["restore", &point, "--to-dir", &dir, "--include", "x"]);
    let codes: Vec<_> = report["remarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["code"])
        .collect();
    assert_eq!(codes, ["empty_point", "include_matches_nothing"]);
}

/// Whole seconds, so many days from now.
fn in_days(days: i64) -> String {
    let at = SystemClock.now().as_second() + days * 86_400;
    coldkeep_core::Timestamp::from_second(at).unwrap().to_string()
}

/// A file with a signature of the target that allows this, until then.
fn sas(scene: &Scene, permissions: &str, days: i64) -> String {
    let terms = format!("sp={permissions}&se={}", in_days(days));
    let sas = scene.world.container_sas(TARGET.0, TARGET.1, &terms).unwrap();
    scene.bin.file("sas", &sas)
}

#[test]
fn when_a_signature_ends_is_known_shown_and_warned_about() {
    let scene = ready(&[]);
    let bin = &scene.bin;
    let edit = |file: &str| bin.run(&["repository", "edit", "target", "--sas-file", file]);
    let said = edit(&sas(&scene, "racwdl", -1));
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        one_line(&said.stderr).contains("The shared access signature expired on"),
        "{said:?}"
    );
    let shown = bin.json(&["repository", "show", "target"]);
    assert_eq!(shown["access"]["kind"], "account_key", "nothing was changed");

    assert_eq!(edit(&sas(&scene, "racwdl", 40)).code, 0);
    let doctor = || bin.run(&["--output", "json", "doctor"]);
    assert!(
        !doctor().stdout.contains("shared access signature"),
        "{:?}",
        doctor()
    );
    assert_eq!(edit(&sas(&scene, "racwdl", 5)).code, 0);
    let shown = bin.json(&["repository", "show", "target"]);
    assert_eq!(
        (
            shown["access"]["kind"].as_str(),
            shown["access"]["expires_at"].is_string()
        ),
        (Some("sas"), true)
    );
    assert!(
        !bin.ok(&["repository", "show", "target"]).contains("sig="),
        "no signature is shown"
    );
    assert!(bin.ok(&["repository", "list"]).contains("EXPIRES"));
    let told = doctor();
    assert!(
        told.stdout.contains("repository target") && told.stdout.contains("\"warning\""),
        "{told:?}"
    );
    let ran = bin.json(&["job", "run", "copy"]);
    assert_eq!(ran["remarks"][0]["code"], "sas_ends_soon", "{ran}");

    // At the service it has ended by now.
    scene.world.advance_clock(6 * 86_400);
    let told = bin.refused(&["job", "run", "copy", "--plan"]);
    assert!(told.contains("the shared access signature expired on"), "{told}");
    assert!(
        told.contains("coldkeep repository edit NAME --sas-file"),
        "{told}"
    );
}

#[test]
fn a_key_that_was_rotated_is_told_and_replaced_without_copying_anything_again() {
    let scene = ready(&[]);
    let bin = &scene.bin;
    bin.ok(&["job", "run", "copy"]);
    let before = bin.json(&["repository", "show", "target"]);
    scene.world.renew_account_keys(TARGET.0).unwrap();
    let told = bin.refused(&["job", "run", "copy", "--plan"]);
    assert!(
        told.contains("is no longer, one of the account's two keys"),
        "{told}"
    );
    assert!(told.contains("--account-key-file FILE"), "{told}");
    assert!(!told.contains("string to sign"), "{told}");

    // One that does not fit changes nothing.
    let wrong = bin.file("wrong", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let told = bin.refused(&["repository", "edit", "target", "--account-key-file", &wrong]);
    assert!(told.contains("cannot be opened"), "{told}");
    assert_eq!(bin.json(&["repository", "show", "target"]), before);

    let key = bin.file("new", &scene.world.account_key(TARGET.0).unwrap());
    let edited = bin.json(&["repository", "edit", "target", "--account-key-file", &key]);
    assert_eq!(edited, before, "id, place and all else stay");
    let ran = bin.json(&["job", "run", "copy"]);
    assert_eq!(ran["counts"]["items_unchanged"], 10, "{ran}");
    assert_eq!(ran["counts"]["copy_requests"], 0, "{ran}");
    assert_eq!(bin.json(&["point", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn an_edit_is_checked_like_an_addition() {
    let scene = ready(&[]);
    let bin = &scene.bin;
    bin.ok(&["job", "run", "copy"]);
    assert_eq!(
        bin.run(&["repository", "edit", "target"]).code,
        2,
        "nothing to change"
    );
    let both = ["--tier", "cool", "--service-account", "none"];
    let told = bin.refused(&[&["repository", "edit", "target"], &both[..]].concat());
    assert!(
        told.contains("The service account `none` does not exist"),
        "{told}"
    );
    // Whoever may only list cannot read the points.
    let listing = sas(&scene, "l", 40);
    let told = bin.refused(&["repository", "edit", "target", "--sas-file", &listing]);
    assert!(told.contains("cannot be used with the new credential"), "{told}");
    let kept = bin.json(&["repository", "show", "target"]);
    assert_eq!(
        (&kept["access"]["kind"], &kept["tier"]),
        (&"account_key".into(), &serde_json::Value::Null)
    );
    let edited = bin.json(&["repository", "edit", "target", "--tier", "cool"]);
    assert_eq!((&edited["tier"], &edited["id"]), (&"cool".into(), &kept["id"]));
    bin.ok(&["job", "run", "copy"]);
}

#[test]
fn a_plan_that_was_agreed_to_is_copied_or_nothing_is() {
    let scene = ready(&[]);
    let bin = &scene.bin;
    let shown = bin.run(&["job", "run", "copy", "--plan"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    // On a line of its own, to be pasted.
    let flags: Vec<&str> = shown
        .stderr
        .lines()
        .filter(|line| line.starts_with("--plan-digest="))
        .collect();
    let [flag] = flags[..] else { panic!("{shown:?}") };
    let plan = bin.json(&["job", "run", "copy", "--plan"]);
    assert_eq!(
        format!("--plan-digest={}", plan["digest"].as_str().unwrap()),
        flag
    );

    let place = scene.world.blobs_in(SOURCE.0, SOURCE.1);
    place.put("late", "late", &Seed::default());
    scene.world.advance_clock(3);
    let refused = bin.run(&["job", "run", "copy", flag]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let told = one_line(&refused.stderr);
    assert!(
        told.contains("The plan has changed since it was confirmed"),
        "{told}"
    );
    assert!(told.contains("11 of 11 blobs would be copied now"), "{told}");
    assert!(bin.json(&["point", "list"]).as_array().unwrap().is_empty());
    let runs = bin.json(&["run", "list"]);
    assert_eq!(runs[0]["problem"]["code"], "plan_changed");

    place.delete("late");
    scene.world.advance_clock(3);
    let upper = format!(
        "--plan-digest={}",
        plan["digest"].as_str().unwrap().to_uppercase()
    );
    let done = bin.run(&["job", "run", "copy", &upper]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(bin.json(&["point", "list"]).as_array().unwrap().len(), 1);
}
