//! What a person sees of points that are authentic, and of what is not.

use crate::scene::Scene;
use coldkeep_sim::blobs::Seed;
use serde_json::Value;

const STRAY: &str = "commits/00000000000000099999.json";

/// A source, a target with one point, and the point's id.
fn copied() -> (Scene, String) {
    let scene = Scene::start();
    scene
        .world
        .blobs_in("northsource", "backups")
        .put("fine", "x", &Seed::default());
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    let bin = &scene.bin;
    bin.ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    let run = bin.json(&["job", "run", "nightly"]);
    let point = run["point_id"].as_str().unwrap().to_owned();
    (scene, point)
}

#[test]
fn a_list_that_could_not_be_read_whole_says_so_by_its_code() {
    let (scene, point) = copied();
    let bin = &scene.bin;
    let broken = scene.world.blobs_in("northtarget", "broken");
    broken.put("coldkeep.json", r#"{"format": 2}"#, &Seed::default());
    scene.add_repository("broken", "northtarget", "broken");
    let said = bin.run(&["--output", "json", "point", "list"]);
    assert_eq!(said.code, 1, "{said:?}");
    let points: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(points[0]["id"], point, "what was found is there");
    let told = said.stderr.replace('\n', " ");
    assert!(told.contains("`broken` cannot be read"), "{said:?}");
    let said = bin.run(&["point", "list"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains(&point), "{said:?}");

    bin.ok(&["job", "remove", "nightly", "--yes"]);
    bin.ok(&["repository", "remove", "there", "--yes"]);
    let said = bin.run(&["point", "list"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(!said.stderr.contains("None."), "{said:?}");
}

#[test]
fn a_point_is_named_with_its_repository_everywhere() {
    let (scene, point) = copied();
    let bin = &scene.bin;
    let named = format!("there/{point}");
    assert_eq!(bin.json(&["point", "show", &named])["id"], point);
    assert_eq!(
        bin.json(&["point", "files", &named])["entries"][0]["name"],
        "fine"
    );
    assert_eq!(bin.json(&["point", "verify", &named])["ok"], true);
    let dir = bin.beside("restored");
    bin.ok(&["restore", &named, "--to-dir", dir.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(dir.join("fine")).unwrap(), "x");
    scene.add_repository("into", "northtarget", "into");
    bin.ok(&["restore", &named, "--to", "into"]);
    let other = format!("here/{point}");
    assert!(bin.refused(&["point", "show", &other]).contains("`here`"));
    for wrong in ["there/", "there/x", "/x"] {
        assert_eq!(bin.run(&["point", "show", wrong]).code, 2, "{wrong}");
    }
}

#[test]
fn a_stray_record_is_named_and_in_nobodys_way() {
    let (scene, point) = copied();
    let bin = &scene.bin;
    let target = scene.world.blobs_in("northtarget", "copies");
    target.put(STRAY, "{}", &Seed::default());
    let said = bin.run(&["--output", "json", "point", "list"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stdout.contains(&point) && said.stderr.contains(STRAY),
        "{said:?}"
    );
    assert!(bin.ok(&["point", "verify", &point]).contains(STRAY));
    let run = bin.json(&["job", "run", "nightly"]);
    assert_eq!(run["state"], "done");
    assert!(run["notes"].to_string().contains(STRAY), "{run}");
    let said = bin.run(&["repository", "check", "there"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("99999"), "{said:?}");
    assert_eq!(bin.json(&["point", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn attaching_shows_the_keys_and_writes_a_lost_marker_again() {
    let (scene, _) = copied();
    let bin = &scene.bin;
    let view = bin.json(&["repository", "attach", "there"]);
    assert_eq!(view["root_key"], view["own_key"]);
    assert_eq!(
        (&view["own_key_admitted"], &view["point_count"]),
        (&true.into(), &1.into())
    );
    let target = scene.world.blobs_in("northtarget", "copies");
    target.delete("coldkeep.json");
    let said = bin.run(&["job", "run", "nightly"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.replace('\n', " ").contains("repository attach there"),
        "{said:?}"
    );
    assert!(
        bin.ok(&["repository", "attach", "there"])
            .contains("written again")
    );
    bin.ok(&["job", "run", "nightly"]);
    assert_eq!(
        bin.run(&["repository", "admit", "there", "--writer-key", "abc"])
            .code,
        2
    );
    let key = "00".repeat(32);
    let admitted = bin.json(&["repository", "admit", "there", "--writer-key", &key]);
    assert_eq!(admitted["admitted_keys"][0], key);
    assert!(bin.refused(&["repository", "attach", "here"]).contains("`here`"));
}
