//! Command lines that have to be written differently: exit code 2, nothing on stdout, nothing made.

use crate::bin::Bin;

#[test]
fn what_is_not_understood_is_a_usage_error() {
    let bin = Bin::new();
    for args in [
        &["nonsense"][..],
        &["cloud"],
        &["cloud", "list", "--frobnicate"],
        &["cloud", "add", "x"],
        &["certificate", "generate"],
        &["certificate", "generate", "--name", "n", "--key", "ec256"],
        &["run", "show", "not-an-id"],
        &[
            "job",
            "add",
            "n",
            "--source",
            "a",
            "--target",
            "b",
            "--keep-daily",
            "7",
        ],
        &["restore", "01890a5d-ac96-774b-bcce-b302099a8057"],
        &[
            "restore",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "--to",
            "r",
            "--to-dir",
            "d",
        ],
        &["repository", "add", "r", "--account", "a", "--container", "c"],
        &[
            "repository",
            "add",
            "r",
            "--account",
            "a",
            "--container",
            "c",
            "--sas-file",
            "f",
            "--tier",
            "warm",
        ],
        &["--token-file", "x", "cloud", "list"],
        &["--output", "xml", "cloud", "list"],
    ] {
        let said = bin.run(args);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{args:?}: {said:?}");
        assert!(
            said.stderr.starts_with("error: ") || said.stderr.contains("Usage:"),
            "{args:?}: {said:?}"
        );
    }
    assert!(!bin.data_dir().exists());
}

#[test]
fn where_nobody_can_be_asked_yes_must_be_said_before_anybody_signs_in() {
    let bin = Bin::new();
    let said = bin.run(&[
        "--no-input",
        "service-account",
        "add",
        "--name",
        "n",
        "--register",
        "--generate-certificate",
    ]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("--yes"), "{said:?}");
}

#[test]
fn help_and_version_are_data() {
    let bin = Bin::new();
    assert!(bin.ok(&["--version"]).starts_with("coldkeep "));
    let help = bin.ok(&["service-account", "add", "--help"]);
    for flag in ["--grant-on", "--generate-certificate", "--plan", "--data-dir"] {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn an_argument_that_cannot_be_read_names_the_command_that_lists_the_right_ones() {
    let bin = Bin::new();
    let said = bin.run(&["point", "verify", "arch/null"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("`coldkeep point list`"), "{said:?}");
}
