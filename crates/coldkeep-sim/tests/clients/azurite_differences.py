"""Where Azurite and the simulator are known to differ: which of them is wrong, and by which page."""

from typing import NamedTuple

REST = "https://learn.microsoft.com/rest/api/storageservices/"


class Known(NamedTuple):
    """A case of `azurite_contract` that one of the two fails."""

    fails: str
    why: str
    page: str


def azurite(why, page):
    """Azurite is wrong."""
    return Known("azurite", why, page)


ERRORS = REST + "blob-service-error-codes"
LEARN = "https://learn.microsoft.com/azure/storage/blobs/"

KNOWN: dict[str, Known] = {
    "Blocks.test_a_put_blob_drops_them": azurite(
        "keeps blocks that were staged before a Put Blob; the service discards them", REST + "put-block#remarks"
    ),
    "Blocks.test_at_most_fifty_thousand": azurite("takes longer block lists", REST + "put-block-list#remarks"),
    "Copies.test_a_source_signature_must_allow_reading": azurite(
        "does not look at the permissions of a source's signature within one account", REST + "copy-blob-from-url"
    ),
    "Copies.test_nothing_to_copy": azurite("reports a missing source as if it were the target", ERRORS),
    "Copies.test_put_from_url": azurite("has no Put Blob From URL", REST + "put-blob-from-url"),
    "Copies.test_source_condition": azurite("has one code for conditions on source and target", ERRORS),
    "Copies.test_target_condition": azurite("has one code for conditions on source and target", ERRORS),
    "Listing.test_page_sizes": azurite("refuses a page size of 0 without an error code", ERRORS),
    "NotInAzurite.test_set_policy_needs_a_container_for_it": azurite(
        "has no immutability", REST + "set-blob-immutability-policy"
    ),
    "NotInAzurite.test_undeleting_what_is_there": azurite("has no soft delete", REST + "undelete-blob"),
    "Reading.test_range_beyond": azurite("answers a range behind the end", REST + "get-blob#remarks"),
    "Signatures.test_by_a_stored_policy": azurite("has another code for signatures that do not hold", ERRORS),
    "Signatures.test_creating_is_not_writing_over": azurite("has another code for writing over", ERRORS),
    "Signatures.test_forged": azurite("has another code for signatures that do not hold", ERRORS),
    "Signatures.test_nobody_without_one": azurite(
        "does not challenge who comes without credentials", REST + "authorize-with-azure-active-directory#bearer-challenge"
    ),
    "Signatures.test_over": azurite("has another code for signatures that do not hold", ERRORS),
    "Tiers.test_archived_gets_no_snapshot": azurite("takes snapshots of archived blobs", LEARN + "access-tiers-overview"),
    "Tiers.test_archived_is_not_copied_into_archive": azurite(
        "copies archived blobs into Archive", LEARN + "archive-rehydrate-overview"
    ),
    "Tiers.test_archived_metadata_is_fixed": azurite(
        "changes metadata of archived blobs", LEARN + "access-tiers-overview"
    ),
    "Tiers.test_rehydration_is_pending": azurite("rehydrates at once", LEARN + "archive-rehydrate-overview"),
    "Tiers.test_unknown": azurite(
        "has another code for a tier that does not exist; the service finds the header's value wrong", ERRORS
    ),
    "Writing.test_encryption_key": azurite(
        "has no keys of customers", LEARN + "encryption-customer-provided-keys"
    ),
    "Writing.test_encryption_scope": azurite("forgets encryption scopes", LEARN + "encryption-scope-overview"),
    "Writing.test_metadata_size": azurite("takes more metadata", REST + "set-blob-metadata"),
    "Writing.test_name_length": azurite(
        "takes longer names", REST + "naming-and-referencing-containers--blobs--and-metadata#blob-names"
    ),
}
