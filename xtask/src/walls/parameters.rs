//! Parameters of functions: none is a tuple. What belongs together is a struct with a name; what does not is a parameter each.

use super::crate_tree::{CrateTree, is_test_only};
use syn::{
    FnArg, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn, Type,
    visit::{self, Visit},
};

/// The sources whose functions are checked.
pub(super) const SOURCES: &[&str] = &[
    "crates/coldkeep-core/src",
    "crates/coldkeep-azure/src",
    "crates/coldkeep-keys/src",
    "crates/coldkeep-store/src",
    "crates/coldkeep-api/src",
    "crates/coldkeep-engine/src",
    "crates/coldkeep-server/src",
    "crates/coldkeep/src",
];

/// A function with a tuple among its parameters, and the line that the tuple is written on.
#[derive(Debug)]
pub(super) struct TupleParameter {
    pub(super) function: String,
    pub(super) line: usize,
}

/// Every tuple parameter of the functions that an item defines, in functions inside of functions, too.
pub(super) fn find_tuple_parameters(item: &Item) -> Vec<TupleParameter> {
    let mut signatures = Signatures::default();
    signatures.visit_item(item);
    signatures.tuples
}

/// Names every function of a crate that takes a tuple.
pub(super) fn find_breaches(source: &str, tree: &CrateTree) -> Vec<String> {
    let breach = |(file, found): &(String, TupleParameter)| {
        format!(
            "{source}/{file}:{}: `{}` takes a tuple: a struct with a name, or a parameter each",
            found.line, found.function
        )
    };
    tree.tuple_parameters.iter().map(breach).collect()
}

#[derive(Default)]
struct Signatures {
    tuples: Vec<TupleParameter>,
}

impl Signatures {
    fn read(&mut self, signature: &Signature) {
        for input in &signature.inputs {
            if let FnArg::Typed(parameter) = input
                && let Some(line) = line_of_tuple(&parameter.ty)
            {
                self.tuples.push(TupleParameter {
                    function: signature.ident.to_string(),
                    line,
                });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Signatures {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_only(item) {
            visit::visit_item(self, item);
        }
    }

    /// The tree has the items of a module on their own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.read(&function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        self.read(&function.sig);
        visit::visit_trait_item_fn(self, function);
    }

    /// The functions of a trait have the parameters that the trait gives them: they are read where it is defined.
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if item.trait_.is_none() {
            visit::visit_item_impl(self, item);
            return;
        }
        for member in &item.items {
            if let ImplItem::Fn(function) = member {
                self.visit_block(&function.block);
            }
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.read(&function.sig);
        visit::visit_impl_item_fn(self, function);
    }
}

/// The line of a type that is a tuple of at least two, or a reference to one.
fn line_of_tuple(parameter: &Type) -> Option<usize> {
    match parameter {
        Type::Tuple(tuple) if tuple.elems.len() > 1 => Some(tuple.paren_token.span.open().start().line),
        Type::Reference(reference) => line_of_tuple(&reference.elem),
        Type::Paren(inner) => line_of_tuple(&inner.elem),
        _ => None,
    }
}
