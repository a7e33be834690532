//! Which of the services a request is for.

/// One of the services, by the name faults and the log know it under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Login,
    Graph,
    Arm,
    Blob,
    Control,
}

impl Service {
    /// Its place where something is kept for each; the control API has none.
    pub(crate) fn index(self) -> Option<usize> {
        match self {
            Self::Login => Some(0),
            Self::Graph => Some(1),
            Self::Arm => Some(2),
            Self::Blob => Some(3),
            Self::Control => None,
        }
    }

    /// The service of that name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        let all = [Self::Login, Self::Graph, Self::Arm, Self::Blob, Self::Control];
        all.into_iter().find(|service| service.word() == word)
    }

    /// The service of that name that faults, limits and skews can be for. Errors list the services.
    pub(crate) fn of_azure(word: &str) -> Result<Self, String> {
        Self::named(word)
            .filter(|service| *service != Self::Control)
            .ok_or_else(|| format!("there is no service `{word}`: login, graph, arm, blob"))
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Graph => "graph",
            Self::Arm => "arm",
            Self::Blob => "blob",
            Self::Control => "control",
        }
    }
}
