//! What was typed and chosen on a page that is not finished yet: offered again where the page is asked again, in this
//! wizard or in the next. No secret is among it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What was last said to each question, in its own words.
pub type Typed = BTreeMap<String, String>;

/// One process asks one person.
static TYPED: Mutex<Typed> = Mutex::new(BTreeMap::new());

fn typed() -> MutexGuard<'static, Typed> {
    TYPED.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn remember(question: &str, said: &str) {
    typed().insert(question.to_owned(), said.to_owned());
}

pub fn recall(question: &str) -> Option<String> {
    typed().get(question).cloned()
}

/// All of it, to be kept with the answers.
pub fn all() -> Typed {
    typed().clone()
}

/// Puts back what was kept; nothing: the page is finished.
pub fn replace(with: Typed) {
    *typed() = with;
}
