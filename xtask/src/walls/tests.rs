//! The checker on made-up trees.

use super::{
    circles,
    crate_tree::{CrateTree, Sources},
    parameters, resolve,
    rooms::{self, Plan},
};

const PLAN: Plan = Plan {
    source: "src",
    layers: &[&["ground"], &["left", "right"], &["roof"]],
    circle_max: 2,
    reads_methods: true,
};

/// Breaches of a crate whose files are these, beside a `lib.rs` that declares the rooms.
fn breaches_of(files: &[(&str, &str)]) -> Vec<String> {
    let lib = "mod ground; mod left; mod right; mod roof; pub use roof::tower::Tower;";
    let base = [
        ("lib.rs", lib),
        ("ground/mod.rs", "pub mod stone; pub mod sand;"),
        ("ground/stone.rs", "pub struct Stone; pub fn lay() {}"),
        ("ground/sand.rs", ""),
        ("left/mod.rs", ""),
        ("right/mod.rs", "pub mod window;"),
        ("right/window.rs", "pub struct Window;"),
        ("roof/mod.rs", "pub mod tower; pub use tower::Tower as Spire;"),
        (
            "roof/tower.rs",
            "use crate::ground::stone::Stone; pub struct Tower; impl Stone { pub fn ring_bell(&self) {} }",
        ),
    ];
    let files = base.iter().chain(files);
    let sources: Sources = files
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let tree = CrateTree::parse(&sources).unwrap();
    let uses = resolve::find_uses(&tree);
    let calls = resolve::find_extension_calls(&tree);
    let mut breaches = rooms::find_breaches(&PLAN, &tree, &uses, &calls);
    breaches.extend(circles::find_breaches(
        &PLAN,
        &circles::find_circles(&tree, &uses),
    ));
    breaches
}

#[test]
fn imports_of_lower_rooms_and_of_the_own_one_are_allowed() {
    let breaches = breaches_of(&[
        (
            "ground/sand.rs",
            "use super::stone::Stone; pub struct Sand(Stone);",
        ),
        (
            "left/mod.rs",
            "use crate::ground::{sand::Sand, stone}; fn f(_: Sand) { stone::lay() }",
        ),
        (
            "roof/tower.rs",
            "use crate::{left, right::window::Window}; pub struct Tower(Window);",
        ),
    ]);
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn an_import_of_a_higher_room_is_refused_with_file_and_line() {
    let breaches = breaches_of(&[(
        "ground/sand.rs",
        "\n\nuse crate::right::{\n    window::Window,\n};",
    )]);
    assert_eq!(
        breaches,
        [
            "src/ground/sand.rs:4: `ground` may not know `right` (`crate::right::window::Window`, defined in right/window.rs)"
        ]
    );
}

#[test]
fn rooms_of_one_layer_may_not_know_each_other() {
    let breaches = breaches_of(&[("left/mod.rs", "use crate::right::window::Window;")]);
    assert_eq!(breaches.len(), 1, "{breaches:?}");
    assert!(
        breaches[0].starts_with("src/left/mod.rs:1: `left` may not know `right`"),
        "{breaches:?}"
    );
}

#[test]
fn a_re_export_counts_as_the_room_that_defines() {
    for path in ["crate::Tower", "crate::roof::Spire", "super::super::roof::Spire"] {
        let text = format!("use {path} as Imported;");
        let breaches = breaches_of(&[("ground/sand.rs", &text)]);
        assert_eq!(breaches.len(), 1, "{path}: {breaches:?}");
        assert!(breaches[0].contains("defined in roof/tower.rs"), "{breaches:?}");
    }
}

#[test]
fn paths_are_found_wherever_they_stand() {
    for text in [
        "fn f() -> crate::right::window::Window { loop {} }",
        "fn f() { let _ = crate::roof::tower::Tower; }",
        "fn f() { use crate::right::window; window::open() }",
        "fn f() { println!(\"{}\", crate::right::window::open()) }",
        "#[derive(Deserialize)] struct Sand { #[serde(with = \"crate::right::window\")] a: u8 }",
        "mod inner { use super::super::super::right::window::Window; }",
        "use crate::*; fn f() -> roof::Spire { loop {} }",
        "impl super::super::roof::tower::Tower { fn f() {} }",
        "fn f() -> impl Fn() { || crate::right::window::open() }",
    ] {
        let breaches = breaches_of(&[("ground/sand.rs", text)]);
        assert!(
            breaches
                .iter()
                .any(|b| b.starts_with("src/ground/sand.rs:1: `ground` may not know `r")),
            "{text}: {breaches:?}"
        );
    }
}

#[test]
fn a_call_of_a_method_that_only_a_higher_room_defines_is_refused() {
    let text = "use super::stone::Stone; fn f(stone: Stone) {\n    stone.ring_bell();\n}";
    assert_eq!(
        breaches_of(&[("ground/sand.rs", text)]),
        ["src/ground/sand.rs:2: `ground` may not know `roof` (method `ring_bell`, defined in roof/tower.rs)"]
    );
    let own = "struct Sand; impl Sand { fn ring_bell(&self) { self.ring_bell() } }";
    assert_eq!(breaches_of(&[("ground/sand.rs", own)]), Vec::<String>::new());
}

#[test]
fn a_file_outside_of_the_rooms_is_refused() {
    let breaches = breaches_of(&[
        ("lib.rs", "mod ground; mod shed;"),
        ("shed.rs", "use crate::ground::stone::Stone;"),
    ]);
    assert!(
        breaches.contains(&"src/shed.rs stands in no room of the plan".to_owned()),
        "{breaches:?}"
    );
}

#[test]
fn a_circle_above_the_limit_is_named() {
    let two = [
        ("left/mod.rs", "pub mod a; pub mod b; pub mod c;"),
        ("left/a.rs", "use super::b::B; pub struct A;"),
        ("left/b.rs", "use super::a::A; pub struct B;"),
        ("left/c.rs", "use super::a::A; pub struct C;"),
    ];
    assert_eq!(breaches_of(&two), Vec::<String>::new());
    let three = [
        two[0],
        two[1],
        ("left/b.rs", "use super::c::C; pub struct B;"),
        two[3],
    ];
    assert_eq!(
        breaches_of(&three),
        ["src: 3 files import each other in a circle, 2 are allowed: left/a.rs, left/b.rs, left/c.rs"]
    );
}

#[test]
fn a_file_that_only_declares_ties_no_circle() {
    let files = [
        (
            "left/mod.rs",
            "pub mod a; pub mod b; pub mod c; pub use a::A; pub use b::B; pub use c::C;",
        ),
        ("left/a.rs", "use super::B; pub struct A;"),
        ("left/b.rs", "use super::C; pub struct B;"),
        ("left/c.rs", "pub struct C;"),
    ];
    assert_eq!(breaches_of(&files), Vec::<String>::new());
}

/// Breaches of a crate that is this one file.
fn tuples_of(text: &str) -> Vec<String> {
    let sources = Sources::from([("lib.rs".to_owned(), text.to_owned())]);
    parameters::find_breaches("src", &CrateTree::parse(&sources).unwrap())
}

#[test]
fn a_parameter_that_is_a_tuple_is_refused_wherever_the_function_stands() {
    for text in [
        "fn f(a: u8, (b, c): (u8, u8)) {}",
        "fn f<'a>(pair: &'a (u8, u8)) {}",
        "fn f(pair: &mut (u8, u8)) {}",
        "mod inner { pub async fn f(pair: (u8, u8)) {} }",
        "struct S; impl S { fn f(&self, pair: (u8, u8)) {} }",
        "trait T { fn f(&self, pair: (u8, u8)); }",
        "fn outer() { fn f(pair: (u8, u8)) {} }",
        "struct S; impl Drop for S { fn drop(&mut self) { fn f(pair: (u8, u8)) {} } }",
    ] {
        assert_eq!(
            tuples_of(text),
            ["src/lib.rs:1: `f` takes a tuple: a struct with a name, or a parameter each"],
            "{text}"
        );
    }
}

#[test]
fn lists_of_pairs_closures_foreign_traits_and_tests_may_have_tuples() {
    for text in [
        "fn f(pairs: &[(u8, u8)], nothing: ()) -> (u8, u8) { loop {} }",
        "fn f() { let g = |(a, b): (u8, u8)| a + b; g((1, 2)); }",
        "struct S; impl Extend<(u8, u8)> for S { fn extend_one(&mut self, pair: (u8, u8)) {} }",
        "#[cfg(test)] mod tests { fn f(pair: (u8, u8)) {} }",
        "#[cfg(test)] fn f(pair: (u8, u8)) {}",
    ] {
        assert_eq!(tuples_of(text), Vec::<String>::new(), "{text}");
    }
}
