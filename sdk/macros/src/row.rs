//! The code of `#[derive(Row)]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Result};

use crate::named::{Named, Own};

pub(crate) fn row(input: TokenStream) -> TokenStream {
    syn::parse2(input).and_then(|input| expand(&input)).unwrap_or_else(|error| error.to_compile_error())
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(_) => {
            return Err(Error::new(
                Span::call_site(),
                "a row is a struct; an enum of options derives `Options`",
            ));
        }
        Data::Union(_) => return Err(Error::new(Span::call_site(), "a row is a struct")),
    };
    let Fields::Named(fields) = fields else {
        return Err(Error::new(
            input.ident.span(),
            "the fields of a row have names, which are those of its columns",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "a row is not generic: its fields name their types"));
    }
    let mut columns: Vec<(String, TokenStream)> = Vec::new();
    let mut values = Vec::new();
    let mut takes_cut = false;
    for field in &fields.named {
        let named = Named::of_field(&field.attrs)?;
        let (Some(ident), ty) = (&field.ident, &field.ty) else { continue };
        let value = match named.own {
            Some(Own::Id) => quote!(row.id()),
            Some(Own::Url) => quote!(row.url()),
            Some(Own::Cut) => {
                takes_cut = true;
                quote!(row.cut())
            }
            None => {
                let (name, span) = column_of(field, &named);
                if columns.iter().any(|(known, _)| *known == name) {
                    return Err(Error::new(span, format!("two fields are read from the column `{name}`")));
                }
                let place = columns.len();
                // Carries the span of the author's own type, so that one that can't be read is reported there.
                let column =
                    quote_spanned!(ty.span()=> ::toolbay_sdk::notion::typed::Column::of::<#ty>(#name));
                columns.push((name, column));
                quote_spanned!(ty.span()=> row.cell::<#ty>(#place)?)
            }
        };
        values.push(quote!(#ident: #value));
    }
    let ident = &input.ident;
    let name = ident.unraw().to_string();
    let columns = columns.into_iter().map(|(_, column)| column);
    Ok(quote! {
        impl ::toolbay_sdk::notion::TypedRow for #ident {
            const NAME: &'static str = #name;
            const COLUMNS: &'static [::toolbay_sdk::notion::typed::Column] = &[#(#columns),*];
            const TAKES_CUT: bool = #takes_cut;

            fn read(
                row: &::toolbay_sdk::notion::typed::Reader<'_>,
            ) -> ::core::result::Result<Self, ::toolbay_sdk::Problem> {
                let _ = row;
                ::core::result::Result::Ok(Self { #(#values),* })
            }
        }
    })
}

fn column_of(field: &Field, named: &Named) -> (String, Span) {
    match (&named.name, &field.ident) {
        (Some(name), _) => (name.value(), name.span()),
        (None, Some(ident)) => (ident.unraw().to_string(), ident.span()),
        (None, None) => (String::new(), field.span()),
    }
}
