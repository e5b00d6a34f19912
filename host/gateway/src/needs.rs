//! What an answer says about more access.

use toolbay_kernel::Access;

/// On an answer: the access that the caller would have to be given. A client of OAuth is told to ask for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs(pub(crate) Access);
