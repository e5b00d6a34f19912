//! The code of `#[derive(Options)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::named::Named;

pub(crate) fn options(input: TokenStream) -> TokenStream {
    syn::parse2(input).and_then(|input| expand(&input)).unwrap_or_else(|error| error.to_compile_error())
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(
            Span::call_site(),
            "options are the variants of an enum; a struct of columns derives `Row`",
        ));
    };
    if data.variants.is_empty() {
        return Err(Error::new(input.ident.span(), "an enum of options has at least one"));
    }
    let (mut names, mut arms_at, mut arms_name) = (Vec::<String>::new(), Vec::new(), Vec::new());
    for (place, variant) in data.variants.iter().enumerate() {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(&variant.fields, "an option holds nothing"));
        }
        let ident = &variant.ident;
        let (name, span) = match Named::of_variant(&variant.attrs)?.name {
            Some(name) => (name.value(), name.span()),
            None => (spaced(&ident.unraw().to_string()), ident.span()),
        };
        if names.contains(&name) {
            return Err(Error::new(span, format!("two variants are the option `{name}`")));
        }
        arms_at.push(quote!(#place => ::core::option::Option::Some(Self::#ident)));
        arms_name.push(quote!(Self::#ident => #name));
        names.push(name);
    }
    let ident = &input.ident;
    let name = ident.unraw().to_string();
    Ok(quote! {
        impl ::toolbay_sdk::notion::Options for #ident {
            const ENUM: &'static str = #name;
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn at(place: usize) -> ::core::option::Option<Self> {
                match place {
                    #(#arms_at,)*
                    _ => ::core::option::Option::None,
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    #(#arms_name),*
                }
            }
        }
    })
}

/// `InProgress` becomes `In progress`, as people write options.
fn spaced(variant: &str) -> String {
    let mut name = String::new();
    let mut letters = variant.chars().peekable();
    let mut was_small = false;
    while let Some(letter) = letters.next() {
        let starts_word = letter.is_uppercase() && was_small;
        // An abbreviation stays as it is: `OnQA` is `On QA`.
        let is_word = letters.peek().is_none_or(|next| !next.is_uppercase());
        if starts_word {
            name.push(' ');
        }
        if starts_word && is_word && letters.peek().is_some() {
            name.extend(letter.to_lowercase());
        } else {
            name.push(letter);
        }
        was_small = !letter.is_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn variants_are_spaced_as_people_write_options() {
        for (variant, name) in [
            ("Done", "Done"),
            ("InProgress", "In progress"),
            ("OnQA", "On QA"),
            ("NotYetStarted", "Not yet started"),
            ("PlanB", "Plan B"),
            ("QA", "QA"),
        ] {
            assert_eq!(spaced(variant), name);
        }
    }
}
