//! What a client asks a person for, and who agreed.

/// An authorization request whose client and redirect address are known to be good.
#[derive(Clone)]
pub(crate) struct Requested {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) challenge: String,
    pub(super) resource: String,
}

/// Somebody who agreed, in the workspace that they chose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Who {
    pub(super) person_id: String,
    pub(super) workspace: String,
}

impl Requested {
    /// Where the browser goes on to.
    pub(super) fn back(&self, parameters: &[(&str, &str)]) -> String {
        back(&self.redirect_uri, &self.state, parameters)
    }
}

/// An address of a client with parameters added to those that it has.
pub(super) fn back(redirect_uri: &str, state: &str, parameters: &[(&str, &str)]) -> String {
    // Only addresses that were read as such before come here.
    let Ok(mut address) = url::Url::parse(redirect_uri) else { return redirect_uri.to_owned() };
    {
        let mut pairs = address.query_pairs_mut();
        pairs.extend_pairs(parameters);
        if !state.is_empty() {
            pairs.append_pair("state", state);
        }
    }
    address.into()
}
