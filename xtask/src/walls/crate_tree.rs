//! The modules of one crate: which file each stands in, what each declares, imports and mentions.

use super::{
    mentions::{Mention, Mentions, read_mentions},
    parameters::{TupleParameter, find_tuple_parameters},
};
use anyhow::{Context, Result, anyhow};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};
use syn::{Item, UseTree};

/// Source text by path below the crate's `src`, with `/` between folders.
pub(super) type Sources = BTreeMap<String, String>;

/// What a name in a module stands for.
#[derive(Debug, Clone)]
pub(super) enum Named {
    /// Something that the module itself defines.
    Item,
    Module(usize),
    /// An import of this path.
    Alias(Vec<String>),
}

#[derive(Debug)]
pub(super) struct Module {
    /// The file that it stands in.
    pub(super) file: String,
    pub(super) parent: Option<usize>,
    pub(super) names: HashMap<String, Vec<Named>>,
    /// What it imports whole (`use path::*`).
    pub(super) globs: Vec<Vec<String>>,
    pub(super) mentions: Vec<Mention>,
}

/// A method of an inherent `impl` or of a trait.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: String,
    /// The module that it stands in.
    pub(super) module: usize,
    /// The type in whose `impl` it stands, as it is written there; none: a trait.
    pub(super) owner: Option<Vec<String>>,
}

#[derive(Debug)]
pub(super) struct MethodCall {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: usize,
}

#[derive(Debug, Default)]
pub(super) struct CrateTree {
    pub(super) modules: Vec<Module>,
    pub(super) methods: Vec<Method>,
    pub(super) method_calls: Vec<MethodCall>,
    /// Functions that take tuples, with the file that each stands in.
    pub(super) tuple_parameters: Vec<(String, TupleParameter)>,
    /// Files that hold nothing but modules and imports.
    only_declaring: BTreeSet<String>,
}

impl CrateTree {
    /// Parses every crate of a source folder: `lib.rs`, `main.rs` and those in `bin/`.
    pub(super) fn parse(sources: &Sources) -> Result<Self> {
        let mut tree = Self::default();
        let is_root = |file: &str| {
            matches!(file, "lib.rs" | "main.rs")
                || file
                    .strip_prefix("bin/")
                    .is_some_and(|rest| !rest.contains('/') || rest.ends_with("/main.rs"))
        };
        for file in sources.keys().filter(|file| is_root(file)) {
            tree.add_file(sources, file, None)?;
        }
        Ok(tree)
    }

    /// Every file, in order.
    pub(super) fn files(&self) -> BTreeSet<&str> {
        self.modules.iter().map(|m| m.file.as_str()).collect()
    }

    /// Whether a file holds nothing but modules and imports.
    pub(super) fn only_declares(&self, file: &str) -> bool {
        self.only_declaring.contains(file)
    }

    fn add_file(&mut self, sources: &Sources, file: &str, parent: Option<usize>) -> Result<usize> {
        let text = sources.get(file).with_context(|| format!("there is no {file}"))?;
        let parsed = syn::parse_file(text).map_err(|e| anyhow!("{file}:{}: {e}", e.span().start().line))?;
        let declares = |item: &Item| match item {
            Item::Mod(module) => module.content.is_none(),
            item => matches!(item, Item::Use(_)),
        };
        if parsed.items.iter().all(declares) {
            self.only_declaring.insert(file.to_owned());
        }
        let module = self.add_module(file, parent);
        let folder = folder_of(file, parent.is_none());
        self.fill(sources, module, &folder, &parsed.items)?;
        Ok(module)
    }

    fn add_module(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
            mentions: Vec::new(),
        });
        self.modules.len() - 1
    }

    /// Adds the items of a module whose child modules lie in `folder`.
    fn fill(&mut self, sources: &Sources, module: usize, folder: &str, items: &[Item]) -> Result<()> {
        // Tests may know everything.
        for item in items.iter().filter(|item| !is_test_only(item)) {
            if let Item::Mod(declared) = item {
                let name = declared.ident.to_string();
                let below = format!("{folder}{name}/");
                let child = match &declared.content {
                    Some((_, items)) => {
                        let file = self.modules[module].file.clone();
                        let child = self.add_module(&file, Some(module));
                        self.fill(sources, child, &below, items)?;
                        child
                    }
                    None => {
                        let beside = format!("{folder}{name}.rs");
                        let file = match sources.contains_key(&beside) {
                            true => beside,
                            false => format!("{below}mod.rs"),
                        };
                        self.add_file(sources, &file, Some(module))?
                    }
                };
                self.name(module, name, Named::Module(child));
            } else if let Some(name) = name_of(item) {
                self.name(module, name, Named::Item);
            }
            let file = self.modules[module].file.clone();
            let found = match item {
                Item::Mod(_) => continue,
                item => read_mentions(item),
            };
            let tuples = find_tuple_parameters(item).into_iter();
            self.tuple_parameters
                .extend(tuples.map(|tuple| (file.clone(), tuple)));
            self.take_mentions(module, &file, found);
        }
        Ok(())
    }

    fn take_mentions(&mut self, module: usize, file: &str, found: Mentions) {
        let method = |(name, owner)| Method { name, module, owner };
        self.methods.extend(found.methods.into_iter().map(method));
        let call = |(name, line)| MethodCall {
            name,
            file: file.to_owned(),
            line,
        };
        self.method_calls.extend(found.method_calls.into_iter().map(call));
        for (tree, line) in found.imports {
            self.import(module, &mut Vec::new(), &tree, line);
        }
        self.modules[module].mentions.extend(found.paths);
    }

    fn name(&mut self, module: usize, name: String, named: Named) {
        self.modules[module].names.entry(name).or_default().push(named);
    }

    /// Adds what one `use` brings into a module.
    fn import(&mut self, module: usize, prefix: &mut Vec<String>, tree: &UseTree, line: usize) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.import(module, prefix, &path.tree, line);
                prefix.pop();
            }
            UseTree::Name(name) => self.alias(module, prefix, &name.ident, None, line),
            UseTree::Rename(rename) => self.alias(module, prefix, &rename.ident, Some(&rename.rename), line),
            UseTree::Glob(_) => {
                self.modules[module].globs.push(prefix.clone());
                self.modules[module].mentions.push(Mention {
                    path: prefix.clone(),
                    line,
                });
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(module, prefix, tree, line_of_tree(tree).unwrap_or(line));
                }
            }
        }
    }

    fn alias(
        &mut self,
        module: usize,
        prefix: &[String],
        ident: &syn::Ident,
        renamed: Option<&syn::Ident>,
        line: usize,
    ) {
        let mut path = prefix.to_vec();
        // `use a::b::{self}` imports `a::b`.
        if ident != "self" {
            path.push(ident.to_string());
        }
        let local = renamed.map(ToString::to_string).or_else(|| path.last().cloned());
        if let Some(local) = local.filter(|local| local != "_") {
            self.name(module, local, Named::Alias(path.clone()));
        }
        self.modules[module].mentions.push(Mention { path, line });
    }
}

/// Whether an item is compiled for tests alone: `#[cfg(test)]`.
pub(super) fn is_test_only(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// Where the child modules of a file lie, with a `/` at the end unless that is `src` itself.
fn folder_of(file: &str, is_root: bool) -> String {
    let (folder, name) = file
        .rsplit_once('/')
        .map_or(("", file), |(folder, name)| (folder, name));
    let parts = match name {
        "mod.rs" => vec![folder],
        _ if is_root => vec![folder],
        name => vec![folder, name.trim_end_matches(".rs")],
    };
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.iter().map(|part| format!("{part}/")).collect()
}

fn line_of_tree(tree: &UseTree) -> Option<usize> {
    let ident = match tree {
        UseTree::Path(path) => &path.ident,
        UseTree::Name(name) => &name.ident,
        UseTree::Rename(rename) => &rename.ident,
        UseTree::Glob(_) | UseTree::Group(_) => return None,
    };
    Some(ident.span().start().line)
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Reads every Rust file below a folder.
pub(super) fn read_sources(folder: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let parts: Vec<_> = path
                    .strip_prefix(folder)?
                    .iter()
                    .map(|p| p.to_string_lossy())
                    .collect();
                sources.insert(parts.join("/"), fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}
