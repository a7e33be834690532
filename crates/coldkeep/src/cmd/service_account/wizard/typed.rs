//! What was typed and chosen on a page that is not finished yet: offered again where the page is asked again, in this
//! wizard or in the next. No secret is among it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The last answer to each question, as it was typed.
pub type Typed = BTreeMap<String, String>;

struct Memory {
    said: Typed,
    /// The questions of the page that is being asked.
    page: BTreeSet<String>,
}

/// One process asks one person.
static MEMORY: Mutex<Memory> = Mutex::new(Memory {
    said: BTreeMap::new(),
    page: BTreeSet::new(),
});

fn memory() -> MutexGuard<'static, Memory> {
    MEMORY.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn remember(question: &str, said: &str) {
    let mut memory = memory();
    memory.page.insert(question.to_owned());
    memory.said.insert(question.to_owned(), said.to_owned());
}

pub fn recall(question: &str) -> Option<String> {
    memory().said.get(question).cloned()
}

/// All of it, to be kept with the answers.
pub fn all() -> Typed {
    memory().said.clone()
}

/// Puts back what was kept.
pub fn replace(with: Typed) {
    memory().said = with;
}

/// A page is asked from here on.
pub fn begin_page() {
    memory().page.clear();
}

/// The page is answered: its values are in the answers.
pub fn finish_page() {
    let mut memory = memory();
    let page = std::mem::take(&mut memory.page);
    memory.said.retain(|question, _| !page.contains(question));
}
