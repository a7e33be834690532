//! The number of items a run works on at once, and the note if an account throttled it.

use coldkeep_azure::{Meter, blob::Container};
use coldkeep_core::Fix;

/// The number of items that are begun at most; the account's answers decide how many requests of these are in flight.
pub(crate) const ITEMS_MAX: usize = 1024;

/// How many items are worked on at once: a few more than there may be requests in flight, so that one is always ready.
pub(crate) fn items_at_once(container: &Container) -> usize {
    let requests = container.in_flight_max();
    (requests + requests / 8 + 8).min(ITEMS_MAX)
}

/// The note at the end of a run if requests were refused because there were too many.
pub(crate) fn throttling_note(meter: &Meter) -> Option<Fix> {
    let (refused, all) = (Meter::read(&meter.throttled), Meter::read(&meter.requests));
    (refused > 0).then(|| {
        format!(
            "A storage account throttled this run: {refused} of {all} requests were refused and sent again, \
             and the run continued at the rate that the account allows."
        )
        .into()
    })
}
