//! Ctrl-C while a run is under way in the command's own process.

use crate::scene::Scene;
use coldkeep_sim::world::faults::{Action, Fault};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, Stdio},
    time::Duration,
};

/// A job whose first copy is held by the storage service.
fn stuck() -> (Scene, Child, Lines<BufReader<ChildStderr>>) {
    let scene = Scene::start();
    let source = scene.world.blobs_in("northsource", "backups");
    for n in 0..5 {
        source.put(&format!("blob{n}"), "x", &Default::default());
    }
    scene.add_repository("here", "northsource", "backups");
    scene.add_repository("there", "northtarget", "copies");
    scene
        .bin
        .ok(&["job", "add", "nightly", "--source", "here", "--target", "there"]);
    let mut held = Fault::new(Action::Hold { after_effect: false })
        .service("blob")
        .method("PUT");
    held.copy_source = Some(true);
    scene.world.faults().add(held);
    let mut child = scene
        .bin
        .command(&["job", "run", "nightly"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(
        scene.wait_held(1, Duration::from_secs(60)),
        "the copy was asked for"
    );
    (scene, child, lines)
}

fn interrupt(child: &Child, lines: &mut Lines<BufReader<ChildStderr>>) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
    assert!(lines.any(|line| line.unwrap().contains("Ctrl-C again to stop immediately")));
}

#[test]
fn the_first_ctrl_c_lets_the_run_end() {
    let (scene, mut child, mut lines) = stuck();
    interrupt(&child, &mut lines);
    assert!(child.try_wait().unwrap().is_none(), "it waits for the run");
    scene.world.faults().clear();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(lines.any(|line| line.unwrap().contains("Stopped by Ctrl-C")));
    assert_eq!(scene.bin.json(&["run", "list"])[0]["state"], "done");
}

#[test]
fn the_second_ctrl_c_stops_at_once_and_the_next_run_goes_on() {
    let (scene, mut child, mut lines) = stuck();
    interrupt(&child, &mut lines);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    scene.world.faults().clear();
    assert_eq!(scene.bin.json(&["run", "list"])[0]["state"], "interrupted");
    assert_eq!(scene.bin.json(&["point", "list"]), serde_json::json!([]));
    assert_eq!(scene.bin.json(&["job", "run", "nightly"])["state"], "done");
    assert_eq!(scene.bin.json(&["point", "list"])[0]["item_count"], 5);
}
