//! The revisions of the protocol that the server speaks.

/// The one without sessions.
pub(super) const MODERN: &str = "2026-07-28";
/// What `initialize` is answered with when the client asks for a revision that isn't spoken.
pub(super) const NEWEST_WITH_SESSIONS: &str = "2025-11-25";
/// All of them, newest first.
pub(super) const ALL: [&str; 4] = [MODERN, NEWEST_WITH_SESSIONS, "2025-06-18", "2025-03-26"];

/// One of them with sessions, by name.
pub(super) fn with_session(name: &str) -> Option<&'static str> {
    ALL.into_iter().find(|known| *known == name && *known != MODERN)
}
