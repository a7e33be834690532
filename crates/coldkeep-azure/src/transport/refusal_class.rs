//! For what sort of reason a service refused a request: HTTP statuses, read once.

/// What a refusal is about. Finer than the kind of a problem, which is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalClass {
    /// 400: the request asks for something that cannot be.
    Request,
    /// 401: the credential.
    Credential,
    /// 403: the rights, or a firewall.
    Rights,
    /// 404 and 410: it is not there.
    Absent,
    /// 409: the state of what is there.
    State,
    /// 412: a condition of the request.
    Condition,
    /// 501: the service has no such operation.
    NotOffered,
    /// Any other status from 400 to 499.
    OtherRequest,
    /// Any other status from 500 on.
    Service,
}

impl RefusalClass {
    pub(crate) fn of(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::Request,
            401 => Self::Credential,
            403 => Self::Rights,
            404 | 410 => Self::Absent,
            409 => Self::State,
            412 => Self::Condition,
            501 => Self::NotOffered,
            402..=499 => Self::OtherRequest,
            500.. => Self::Service,
            _ => return None,
        })
    }

    /// Whether the request itself was refused, and not for a fault of the service.
    pub fn is_of_request(self) -> bool {
        !matches!(self, Self::NotOffered | Self::Service)
    }
}
