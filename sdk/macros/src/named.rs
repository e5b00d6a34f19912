//! What stands in the parentheses of `#[row(..)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Result};

/// The words of a field's or a variant's attribute.
#[derive(Default)]
pub(crate) struct Named {
    /// The name at Notion.
    pub(crate) name: Option<LitStr>,
    /// What of the row itself it stands for: `id`, `url` or `cut`.
    pub(crate) own: Option<Own>,
}

/// What a row has beside its columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Id,
    Url,
    Cut,
}

impl Named {
    /// Of a field, which may stand for what is the row's own.
    pub(crate) fn of_field(attributes: &[Attribute]) -> Result<Self> {
        Self::of(attributes, true)
    }

    /// Of a variant.
    pub(crate) fn of_variant(attributes: &[Attribute]) -> Result<Self> {
        Self::of(attributes, false)
    }

    fn of(attributes: &[Attribute], is_field: bool) -> Result<Self> {
        let mut named = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| named.take(&meta, is_field))?;
            if named.name.is_some() && named.own.is_some() {
                return Err(Error::new_spanned(attribute, "what is the row's own has no name: leave it out"));
            }
        }
        Ok(named)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>, is_field: bool) -> Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let own = match word.as_str() {
            "name" => {
                let name: LitStr = meta.value()?.parse()?;
                if name.value().trim().is_empty() {
                    return Err(Error::new(name.span(), "the name is empty"));
                }
                return match self.name.replace(name) {
                    Some(_) => Err(meta.error("given twice")),
                    None => Ok(()),
                };
            }
            "id" if is_field => Own::Id,
            "url" if is_field => Own::Url,
            "cut" if is_field => Own::Cut,
            _ if is_field => return Err(meta.error("expected name = \"..\", id, url or cut")),
            _ => return Err(meta.error("expected name = \"..\"")),
        };
        match self.own.replace(own) {
            Some(_) => Err(meta.error("a field stands for one thing")),
            None => Ok(()),
        }
    }
}
