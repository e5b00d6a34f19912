//! What kind of address a path is, as far as the edge treats it in its own way.

/// The kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Whether the host lives. Whatever watches over it may ask by any name and as often as it likes.
    Health,
    /// What is measured. Whatever collects it may ask by any name: it needs a token, which no page of another site has.
    Metrics,
    /// MCP.
    Mcp,
    /// REST.
    Rest,
    /// A turn of the chat, which takes its own time.
    Chat,
    /// The OpenAPI documents.
    Documents,
    /// Metadata, which is for everybody.
    Metadata,
    /// Where programs get tokens, and give them back. No cookie is read there.
    Tokens,
    /// The rest of signing in and connecting, which is for browsers and their cookies.
    SigningIn,
    /// Pages, and whatever isn't there.
    Page,
}

impl Place {
    /// Every kind.
    pub(crate) const ALL: [Self; 10] = [
        Self::Health,
        Self::Metrics,
        Self::Mcp,
        Self::Rest,
        Self::Chat,
        Self::Documents,
        Self::Metadata,
        Self::Tokens,
        Self::SigningIn,
        Self::Page,
    ];

    /// The kind as word, such as `signing_in`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Mcp => "mcp",
            Self::Rest => "rest",
            Self::Chat => "chat",
            Self::Documents => "documents",
            Self::Metadata => "metadata",
            Self::Tokens => "tokens",
            Self::SigningIn => "signing_in",
            Self::Page => "page",
        }
    }

    /// The kind of a path.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/mcp" | "/sse" | "/messages" => Self::Mcp,
            "/v1/chat" | "/api/chat/multi" => Self::Chat,
            _ if path.starts_with("/v1/") => Self::Rest,
            "/health" | "/livez" | "/readyz" => Self::Health,
            "/metrics" => Self::Metrics,
            "/openapi.json" => Self::Documents,
            _ if path.starts_with("/openapi/") => Self::Documents,
            // Some clients look below the endpoint, too.
            _ if path.starts_with("/.well-known/") || path.starts_with("/mcp/.well-known/") => Self::Metadata,
            "/oauth/token" | "/oauth/register" | "/oauth/revoke" => Self::Tokens,
            "/sign-in" | "/sign-out" | "/account" => Self::SigningIn,
            _ if path.starts_with("/oauth/") => Self::SigningIn,
            _ => Self::Page,
        }
    }

    /// Whether a turn of the chat is taken there.
    pub(crate) fn is_chat(self) -> bool {
        self == Self::Chat
    }

    /// Whether its answers are about a principal, so that nobody may keep them.
    pub(crate) fn is_private(self) -> bool {
        matches!(self, Self::Metrics | Self::Mcp | Self::Rest | Self::Chat | Self::Tokens | Self::SigningIn)
    }
}
