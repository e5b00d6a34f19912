//! What stands in the parentheses of `#[tool(..)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, Parser};
use syn::{Error, Ident, LitStr, Result};

use crate::route::Route;

/// The strongest thing that a tool does to the world outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Reads,
    Writes,
    Destroys,
}

impl Access {
    fn parse(word: &Ident) -> Option<Self> {
        match word.to_string().as_str() {
            "reads" => Some(Self::Reads),
            "writes" => Some(Self::Writes),
            "destroys" => Some(Self::Destroys),
            _ => None,
        }
    }

    pub(crate) fn variant(self) -> Ident {
        let name = match self {
            Self::Reads => "Reads",
            Self::Writes => "Writes",
            Self::Destroys => "Destroys",
        };
        Ident::new(name, Span::call_site())
    }
}

/// The attribute's arguments, each checked as far as it can be alone.
pub(crate) struct Arguments {
    pub(crate) access: Access,
    pub(crate) least: Access,
    pub(crate) idempotent: bool,
    pub(crate) name: Option<LitStr>,
    pub(crate) title: Option<LitStr>,
    pub(crate) routes: Vec<Route>,
}

#[derive(Default)]
struct Parsed {
    access: Option<Access>,
    least: Option<(Access, Span)>,
    idempotent: bool,
    name: Option<LitStr>,
    title: Option<LitStr>,
    routes: Vec<Route>,
}

impl Arguments {
    pub(crate) fn parse(attribute: proc_macro2::TokenStream) -> Result<Self> {
        let mut parsed = Parsed::default();
        syn::meta::parser(|meta| parsed.take(&meta)).parse2(attribute)?;
        let access = parsed.access.ok_or_else(|| {
            Error::new(
                Span::call_site(),
                "say what the tool does to the world: #[tool(reads)], #[tool(writes)] or #[tool(destroys)]",
            )
        })?;
        if let Some((_, span)) = parsed.least.filter(|(least, _)| *least >= access) {
            return Err(Error::new(span, "`least` names something weaker than the strongest; leave it out"));
        }
        Ok(Self {
            access,
            least: parsed.least.map_or(access, |(least, _)| least),
            idempotent: parsed.idempotent || matches!(access, Access::Reads),
            name: parsed.name,
            title: parsed.title,
            routes: parsed.routes,
        })
    }
}

impl Parsed {
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(word) = meta.path.get_ident() else { return Err(unknown(meta)) };
        if let Some(access) = Access::parse(word) {
            return match self.access.replace(access) {
                Some(_) => Err(meta.error("a tool has one access: name the strongest only")),
                None => Ok(()),
            };
        }
        match word.to_string().as_str() {
            "idempotent" => self.idempotent = true,
            "least" => set(&mut self.least, meta, |word: Ident| {
                let access = Access::parse(&word)
                    .ok_or_else(|| Error::new(word.span(), "expected `least = reads` or `least = writes`"))?;
                Ok((access, word.span()))
            })?,
            "name" => set(&mut self.name, meta, checked_name)?,
            "title" => set(&mut self.title, meta, checked_title)?,
            "route" => self.routes.push(Route::parse(&meta.value()?.parse()?)?),
            _ => return Err(unknown(meta)),
        }
        Ok(())
    }
}

fn unknown(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error(
        "expected reads, writes, destroys, least = .., idempotent, name = \"..\", title = \"..\" or route = \"..\"",
    )
}

fn set<V: Parse, T>(
    slot: &mut Option<T>,
    meta: &ParseNestedMeta<'_>,
    check: impl FnOnce(V) -> Result<T>,
) -> Result<()> {
    let value = check(meta.value()?.parse()?)?;
    match slot.replace(value) {
        Some(_) => Err(meta.error("given twice")),
        None => Ok(()),
    }
}

fn checked_title(title: LitStr) -> Result<LitStr> {
    if title.value().trim().is_empty() {
        return Err(Error::new(title.span(), "the title is empty; leave it out to derive it from the name"));
    }
    Ok(title)
}

fn checked_name(name: LitStr) -> Result<LitStr> {
    check_name(&name.value(), name.span())?;
    Ok(name)
}

/// Refuses a name that a client or a model API would refuse later.
pub(crate) fn check_name(name: &str, span: Span) -> Result<()> {
    let mut letters = name.chars();
    let starts_well = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on_well =
        letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if starts_well && goes_on_well && name.len() <= 48 {
        return Ok(());
    }
    let length = name.len();
    let reason = if length > 48 { format!(" (it has {length} characters)") } else { String::new() };
    Err(Error::new(
        span,
        format!(
            "`{name}` cannot be the name of a tool{reason}: a name is 1 to 48 lower-case letters, digits and \
             underscores, and starts with a letter; give another one with name = \"..\""
        ),
    ))
}

/// `query_database` becomes `Query database`.
pub(crate) fn title_of(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}
