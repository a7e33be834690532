//! Which names become files, folders and numbers.

use super::*;

fn is_as_is(name: &str) -> bool {
    places(false, &[(name, Content)]) == [file(name)]
}

#[test]
fn names_a_file_system_holds_go_as_they_are() {
    let long = "x".repeat(255);
    for name in [
        "a",
        "a/b/c",
        "with space",
        "a\\b",
        "C:\\x",
        "%2e%2e",
        "a..b/..c",
        "...",
        "é",
        "e\u{301}",
        "a\nb",
        "-rf",
        "~",
        &long,
        ".coldkeeper/x",
        "x/.coldkeep/y",
    ] {
        assert!(is_as_is(name), "{name:?}");
    }
}

#[test]
fn all_others_do_not() {
    let long = "x".repeat(256);
    let deep = "é/".repeat(1365) + "e";
    for name in [
        "",
        "/",
        "/etc/passwd",
        "//a",
        "a//b",
        "a/",
        "a/b/",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/..",
        "a/./b",
        "./a",
        "a/.",
        "a\0b",
        ".coldkeep",
        ".coldkeep/index.jsonl",
        &long,
        &format!("a/{long}"),
        &deep,
    ] {
        assert!(!is_as_is(name), "{name:?}");
    }
    assert_eq!(deep.len(), 4096);
}

#[test]
fn the_path_of_the_folder_counts() {
    let name = "a/".repeat(500) + "a";
    let fits = |dir_bytes| {
        FileNames::new(dir_bytes, false)
            .decide(0, &name, Content)
            .is_empty()
    };
    assert!(fits(4096 - 2 - name.len()));
    assert!(!fits(4096 - 1 - name.len()));
    assert!(!fits(10_000));
}

use FilePlace::{File, Folder, Numbered};
use Shape::{Content, Empty, Marker};

/// The places of names with their shapes, in the order of the names.
fn places(folds_names: bool, blobs: &[(&str, Shape)]) -> Vec<FilePlace> {
    assert!(blobs.is_sorted_by_key(|(name, _)| name), "{blobs:?}");
    let mut names = FileNames::new(10, folds_names);
    let mut decided = Vec::new();
    for (item, (name, shape)) in (0..).zip(blobs) {
        decided.extend(names.decide(item, name, *shape));
    }
    decided.extend(names.finish());
    decided.sort_by_key(|(item, _)| *item);
    let items: Vec<u64> = decided.iter().map(|(item, _)| *item).collect();
    assert_eq!(items, (0..blobs.len() as u64).collect::<Vec<_>>(), "each once");
    decided.into_iter().map(|(_, place)| place).collect()
}

fn file(path: &str) -> FilePlace {
    File(path.into())
}

fn folder(path: &str) -> FilePlace {
    Folder(path.into())
}

#[test]
fn a_file_gives_way_to_a_folder_of_its_name() {
    let sorted = [
        "a", "a!", "a!/x", "a.b/c", "a/b", "a/b/c", "a0", "b/c", "b/c/d", "b/cc/d",
    ];
    let places = places(false, &sorted.map(|name| (name, Content)));
    let expected = [
        Numbered(2),
        Numbered(1),
        file("a!/x"),
        file("a.b/c"),
        Numbered(3),
        file("a/b/c"),
        file("a0"),
        Numbered(4),
        file("b/c/d"),
        file("b/cc/d"),
    ];
    assert_eq!(places, expected);
    assert_eq!(places[0].path(), ".coldkeep/names/2");
    assert_eq!(places[2].path(), "a!/x");
}

#[test]
fn empty_blobs_become_the_folders_that_others_need() {
    let blobs = [
        ("dir", Empty),
        ("dir-x", Empty),
        ("dir/f", Content),
        ("dir/sub", Empty),
        ("dir/sub/g", Content),
        ("empty", Empty),
    ];
    let expected = [
        folder("dir"),
        file("dir-x"),
        file("dir/f"),
        folder("dir/sub"),
        file("dir/sub/g"),
        file("empty"),
    ];
    assert_eq!(places(false, &blobs), expected);
}

#[test]
fn what_says_that_it_is_a_folder_is_one() {
    let blobs = [
        ("", Empty),
        ("/", Empty),
        ("a", Marker),
        ("a/b", Content),
        ("alone", Marker),
        ("c", Content),
        ("c/", Empty),
        ("d", Content),
        ("d/", Content),
        ("e/", Empty),
        ("e//", Empty),
        ("e/f", Marker),
        ("e/f/", Marker),
    ];
    let expected = [
        folder("."),
        Numbered(1),
        folder("a"),
        file("a/b"),
        folder("alone"),
        Numbered(2),
        folder("c"),
        file("d"),
        Numbered(3),
        folder("e"),
        Numbered(4),
        folder("e/f"),
        folder("e/f"),
    ];
    assert_eq!(places(false, &blobs), expected);
}

#[test]
fn a_name_that_goes_elsewhere_needs_no_folder() {
    let long = format!("a/{}", "x".repeat(256));
    assert_eq!(
        places(false, &[("a", Content), (&long, Content)]),
        [file("a"), Numbered(1)]
    );
    let blobs = [("A", Content), ("A/b", Content), ("a", Content), ("é", Content)];
    assert_eq!(
        places(true, &blobs),
        [Numbered(1), Numbered(2), file("a"), Numbered(3)]
    );
}

#[test]
fn folder_metadata_count_for_empty_blobs_in_any_letter_case() {
    let shape = |size_bytes, key: &str, value: &str| {
        Shape::of(size_bytes, &BTreeMap::from([(key.to_owned(), value.to_owned())]))
    };
    assert_eq!(shape(0, "hdi_isfolder", "true"), Marker);
    assert_eq!(shape(0, "Hdi_IsFolder", "True"), Marker);
    assert_eq!(shape(0, "hdi_isfolder", "false"), Empty);
    assert_eq!(shape(0, "owner", "true"), Empty);
    assert_eq!(shape(1, "hdi_isfolder", "true"), Content);
    assert_eq!(Shape::of(0, &BTreeMap::new()), Empty);
}

/// No two blobs get one path, no file is where a folder is needed, and only bytes ever go elsewhere.
#[test]
fn whatever_the_names_the_result_is_a_tree() {
    let alphabet = ["a", "a-", "a/", "a/b", "a/b/", "a/b/c", "a/b-", "a//", "b"];
    let shapes = [None, Some(Content), Some(Empty), Some(Marker)];
    for world in 0..shapes.len().pow(alphabet.len() as u32) {
        let mut blobs: Vec<(&str, Shape)> = (0..)
            .zip(alphabet)
            .filter_map(|(digit, name)| Some((name, shapes[world / 4_usize.pow(digit) % 4]?)))
            .collect();
        blobs.sort_unstable_by_key(|(name, _)| *name);
        let placed = places(false, &blobs);
        let files: Vec<&String> = placed
            .iter()
            .filter_map(|place| if let File(path) = place { Some(path) } else { None })
            .collect();
        for (index, one) in files.iter().enumerate() {
            assert!(!files[index + 1..].contains(one), "{blobs:?}");
        }
        for place in &placed {
            if let File(path) | Folder(path) = place {
                let below_a_file = files.iter().any(|file| path.starts_with(&format!("{file}/")));
                let is_a_file = matches!(place, Folder(_)) && files.contains(&path);
                assert!(!below_a_file && !is_a_file, "{blobs:?} {placed:?}");
            }
        }
    }
}
