//! Items that are not done: an item is when it is written and its place is decided, whichever comes last.

use coldkeep_core::{Problem, file_names::FilePlace, point::Entry};
use std::collections::HashMap;

/// What is known of the items under way: those being written, and those whose place later names decide.
#[derive(Debug, Default)]
pub struct OpenItems(HashMap<u64, ItemHalf>);

#[derive(Debug)]
enum ItemHalf {
    Placed(FilePlace),
    // Few wait at a time.
    Written(Box<(Entry, Result<(), Problem>)>),
}

/// An item that can be done.
#[derive(Debug)]
pub struct FinishedItem {
    pub entry: Entry,
    pub place: FilePlace,
    pub written: Result<(), Problem>,
}

impl OpenItems {
    /// The item's place is decided.
    pub fn placed(&mut self, item: u64, place: FilePlace) -> Option<FinishedItem> {
        match self.0.remove(&item) {
            Some(ItemHalf::Written(half)) => {
                let (entry, written) = *half;
                Some(FinishedItem {
                    entry,
                    place,
                    written,
                })
            }
            _ => {
                self.0.insert(item, ItemHalf::Placed(place));
                None
            }
        }
    }

    /// The item is written, or has failed.
    pub fn written(&mut self, item: u64, entry: Entry, written: Result<(), Problem>) -> Option<FinishedItem> {
        match self.0.remove(&item) {
            Some(ItemHalf::Placed(place)) => Some(FinishedItem {
                entry,
                place,
                written,
            }),
            _ => {
                self.0.insert(item, ItemHalf::Written(Box::new((entry, written))));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_done_when_it_is_written_and_placed() {
        let mut open = OpenItems::default();
        assert!(open.placed(1, FilePlace::Numbered(7)).is_none());
        assert!(open.written(2, Entry::default(), Ok(())).is_none());
        let first = open.written(1, Entry::default(), Ok(())).expect("both are there");
        assert_eq!(first.place, FilePlace::Numbered(7));
        let second = open
            .placed(2, FilePlace::File("a".into()))
            .expect("both are there");
        assert_eq!(second.place.path(), "a");
        assert!(open.0.is_empty());
    }
}
