//! What each operation needs: the action of a role, and the letter of a signature
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>).

/// One operation's need: the role action and the letter of a signature that allow it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// Under `Microsoft.Storage/storageAccounts/`.
    pub(super) action: &'static str,
    pub(super) data: bool,
    /// The letter in a signature's `sp`; a space if no signature can.
    pub(super) letter: char,
    /// The resource type in an account signature's `srt`.
    pub(super) resource: char,
}

impl Need {
    /// Whether it is the right to list blobs: the action of reading them, done another way.
    pub(super) fn lists_blobs(self) -> bool {
        self.data && self.letter == LIST.letter && self.resource == LIST.resource
    }
}

const fn blob_data(action: &'static str, letter: char) -> Need {
    Need {
        action,
        data: true,
        letter,
        resource: 'o',
    }
}

const fn control(action: &'static str, letter: char, resource: char) -> Need {
    Need {
        action,
        data: false,
        letter,
        resource,
    }
}

pub(super) const READ: Need = blob_data("blobServices/containers/blobs/read", 'r');
pub(super) const LIST: Need = Need {
    action: "blobServices/containers/blobs/read",
    data: true,
    letter: 'l',
    resource: 'c',
};
pub(super) const WRITE: Need = blob_data("blobServices/containers/blobs/write", 'w');
pub(super) const ADD: Need = blob_data("blobServices/containers/blobs/add/action", 'c');
pub(super) const APPEND: Need = blob_data("blobServices/containers/blobs/add/action", 'a');
pub(super) const DELETE: Need = blob_data("blobServices/containers/blobs/delete", 'd');
pub(super) const DELETE_VERSION: Need =
    blob_data("blobServices/containers/blobs/deleteBlobVersion/action", 'x');
pub(super) const LOCK: Need = blob_data(
    "blobServices/containers/blobs/immutableStorage/runAsSuperUser/action",
    'i',
);
pub(super) const READ_TAGS: Need = blob_data("blobServices/containers/blobs/tags/read", 't');
pub(super) const WRITE_TAGS: Need = blob_data("blobServices/containers/blobs/tags/write", 't');
pub(super) const SNAPSHOT: Need = blob_data("blobServices/containers/blobs/add/action", 'c');
pub(super) const DELETE_PERMANENTLY: Need =
    blob_data("blobServices/containers/blobs/permanentDelete/action", 'y');
pub(super) const FIND: Need = blob_data("blobServices/containers/blobs/filter/action", 'f');
/// Within one container it is the container's.
pub(super) const FIND_IN_CONTAINER: Need = Need {
    resource: 'c',
    ..FIND
};
/// Breaking a lease, beside anyone who may write.
pub(super) const BREAK_LEASE: Need = Need { letter: 'd', ..WRITE };
pub(super) const BREAK_CONTAINER_LEASE: Need = Need {
    letter: 'd',
    ..WRITE_CONTAINER
};
/// Making a container, beside anyone who may write.
pub(super) const CREATE_CONTAINER: Need = Need {
    letter: 'c',
    ..WRITE_CONTAINER
};
pub(super) const READ_CONTAINER: Need = control("blobServices/containers/read", 'r', 'c');
pub(super) const WRITE_CONTAINER: Need = control("blobServices/containers/write", 'w', 'c');
/// No signature opens these, and of the built-in roles only those with all of a container's actions:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>.
pub(super) const READ_ACL: Need = control("blobServices/containers/getAcl/action", ' ', 'c');
pub(super) const WRITE_ACL: Need = control("blobServices/containers/setAcl/action", ' ', 'c');
pub(super) const DELETE_CONTAINER: Need = control("blobServices/containers/delete", 'd', 'c');
pub(super) const LIST_CONTAINERS: Need = control("blobServices/containers/read", 'l', 's');
pub(super) const READ_SERVICE: Need = control("blobServices/read", 'r', 's');
pub(super) const WRITE_SERVICE: Need = control("blobServices/write", 'w', 's');
/// Of the built-in roles, only those with all actions have it:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>.
pub(super) const ACCOUNT_INFORMATION: Need = control("blobServices/getInfo/action", ' ', 's');
/// The batch itself; its parts need what they need.
pub(super) const BATCH: Need = control("blobServices/containers/write", ' ', 'c');
/// Bringing a deleted blob back is not writing one, for who holds a token.
pub(super) const UNDELETE: Need = control("blobServices/containers/write", 'w', 'o');
/// A legal hold, beside [`LOCK`]: Microsoft's pages name the one or the other, so both are asked for.
pub(super) const HOLD: Need = control("blobServices/containers/write", 'i', 'o');
pub(super) const DELEGATION_KEY: Need = control("blobServices/generateUserDelegationKey/action", ' ', 's');
