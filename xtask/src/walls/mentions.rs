//! What an item mentions: paths, imports inside of functions, methods it defines and calls; in macros and attributes, too.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, ExprMethodCall, ImplItem, Item, ItemImpl, ItemTrait, ItemUse, LitStr, Macro, TraitItem,
    UseTree,
    visit::{self, Visit},
};

/// A path as it is written, and the line that it is written on.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

#[derive(Default)]
pub(super) struct Mentions {
    pub(super) paths: Vec<Mention>,
    pub(super) imports: Vec<(UseTree, usize)>,
    /// Methods that are defined: their names, and the path of the type in whose `impl` they stand (none: a trait's).
    pub(super) methods: Vec<(String, Option<Vec<String>>)>,
    /// Methods that are called: names and lines.
    pub(super) method_calls: Vec<(String, usize)>,
}

pub(super) fn read_mentions(item: &Item) -> Mentions {
    let mut mentions = Mentions::default();
    mentions.visit_item(item);
    mentions
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let line = item.use_token.span.start().line;
        self.imports.push((item.tree.clone(), line));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = path.segments.first().map(|s| s.ident.span().start().line);
        self.paths.push(Mention {
            path: names_of(path),
            line: line.unwrap_or_default(),
        });
        visit::visit_path(self, path);
    }

    /// `pub(crate)` mentions nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.read_tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    /// Paths stand in strings, too: `#[serde(with = "super::forever")]`.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.read_strings(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.method_calls
            .push((call.method.to_string(), call.method.span().start().line));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let (None, syn::Type::Path(owner)) = (&item.trait_, &*item.self_ty) {
            let owner = names_of(&owner.path);
            for member in &item.items {
                if let ImplItem::Fn(function) = member {
                    self.methods
                        .push((function.sig.ident.to_string(), Some(owner.clone())));
                }
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        for member in &item.items {
            if let TraitItem::Fn(function) = member {
                self.methods.push((function.sig.ident.to_string(), None));
            }
        }
        visit::visit_item_trait(self, item);
    }
}

fn names_of(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|s| s.ident.to_string()).collect()
}

impl Mentions {
    /// Reads what a macro is given: paths of at least two names, and calls of methods.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == mark);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let line = first.span().start().line;
                    let mut path = vec![first.to_string()];
                    let is_method = at > 0 && is(at - 1, '.') && !(at > 1 && is(at - 2, '.'));
                    while is(at + 1, ':')
                        && is(at + 2, ':')
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if is_method && matches!(tokens.get(at + 1), Some(TokenTree::Group(_))) {
                        self.method_calls.push((first.to_string(), line));
                    } else if path.len() > 1 {
                        self.paths.push(Mention { path, line });
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn read_strings(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read_strings(group.stream()),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    let text = syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value());
                    if let Ok(path) = text.and_then(|text| syn::parse_str::<syn::Path>(&text)) {
                        self.paths.push(Mention {
                            path: names_of(&path),
                            line,
                        });
                    }
                }
                _ => {}
            }
        }
    }
}
