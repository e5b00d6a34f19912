//! Methods and access of the table in the kernel's words.

use toolbay_kernel::Access;
use toolbay_kernel::gate::Method;
use toolbay_sdk_notion::routes;
#[cfg(test)]
pub(crate) use toolbay_sdk_notion::routes::RaisedBy;

pub(crate) const fn access(of: routes::Access) -> Access {
    match of {
        routes::Access::Reads => Access::Reads,
        routes::Access::Writes => Access::Writes,
        routes::Access::Destroys => Access::Destroys,
    }
}

pub(crate) const fn method(of: routes::Method) -> Method {
    match of {
        routes::Method::Get => Method::Get,
        routes::Method::Post => Method::Post,
        routes::Method::Patch => Method::Patch,
        routes::Method::Delete => Method::Delete,
    }
}
