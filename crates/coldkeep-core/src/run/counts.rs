//! What a run counts. One line below is one counter: its field in JSON and in the database's column, and its place in the
//! live counters of a run.

use serde::{Deserialize, Serialize};

macro_rules! counters {
    ($($(#[$doc:meta])* $variant:ident $field:ident;)*) => {
        /// One of the counters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Counter {
            $($(#[$doc])* $variant,)*
        }

        impl Counter {
            /// All of them, in the order of their places.
            pub const ALL: &'static [Counter] = &[$(Counter::$variant),*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// Its name in JSON and in the database.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Counter::$variant => stringify!($field),)*
                }
            }
        }

        /// Counters of a run. Bytes through this host are the bodies of requests and answers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Counts {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl Counts {
            pub fn get(&self, counter: Counter) -> u64 {
                match counter {
                    $(Counter::$variant => self.$field,)*
                }
            }

            pub fn set(&mut self, counter: Counter, value: u64) {
                match counter {
                    $(Counter::$variant => self.$field = value,)*
                }
            }
        }
    };
}

counters! {
    ItemsTotal items_total;
    ItemsDone items_done;
    /// Of those done: held already, nothing was asked of the service.
    ItemsUnchanged items_unchanged;
    ItemsCopied items_copied;
    ItemsRelayed items_relayed;
    ItemsFailed items_failed;
    BytesTotal bytes_total;
    BytesDone bytes_done;
    /// Bytes the service moved itself.
    BytesCopied bytes_copied;
    Requests requests;
    /// Requests that moved or created a data blob.
    CopyRequests copy_requests;
    Retries retries;
    /// Listings, manifests, tokens: bodies that crossed this host without blob content.
    ControlBytes control_bytes;
    /// Blob content that crossed this host; 0 for server-side copies.
    DataBytes data_bytes;
}

impl Counts {
    /// Each counter with the value that this returns.
    pub fn of(value: impl Fn(Counter) -> u64) -> Self {
        let mut counts = Self::default();
        for counter in Counter::ALL {
            counts.set(*counter, value(*counter));
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_has_a_place_and_a_name_of_its_own() {
        let counts = Counts::of(|counter| counter as u64 + 1);
        let json = serde_json::to_value(counts).unwrap();
        assert_eq!(json.as_object().unwrap().len(), Counter::COUNT);
        for (place, counter) in Counter::ALL.iter().enumerate() {
            assert_eq!(*counter as usize, place);
            assert_eq!(counts.get(*counter), place as u64 + 1);
            assert_eq!(json[counter.word()], place as u64 + 1, "{counter:?}");
        }
    }
}
