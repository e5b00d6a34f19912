//! The code that `#[tool]` adds beside the function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, ItemFn, Result};

use crate::arguments::{Arguments, check_name, title_of};
use crate::description::description;
use crate::signature::{self, Shape};

pub(crate) fn tool(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let refusal = Error::new(error.span(), "#[tool] belongs on a free function").to_compile_error();
            return quote!(#refusal #item);
        }
    };
    // The function stays also where the attribute is wrong, so that one mistake is reported as one.
    let beside = expand(attribute, &function).unwrap_or_else(|error| error.to_compile_error());
    quote!(#function #beside)
}

fn expand(attribute: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let arguments = Arguments::parse(attribute)?;
    let shape = signature::check(function)?;
    let ident = &function.sig.ident;
    let name = match &arguments.name {
        Some(name) => name.value(),
        None => ident.unraw().to_string(),
    };
    if arguments.name.is_none() {
        check_name(&name, ident.span())?;
    }
    let description = description(&function.attrs).ok_or_else(|| {
        Error::new(
            ident.span(),
            "a tool needs a doc comment: it is the description that a model chooses the tool by",
        )
    })?;
    let title = arguments.title.as_ref().map_or_else(|| title_of(&name), |title| title.value());
    let (access, least) = (arguments.access.variant(), arguments.least.variant());
    let idempotent = arguments.idempotent;
    let routes = arguments.routes.iter().map(|route| {
        let (method, path) = (&route.method, &route.path);
        quote!((#method, #path))
    });
    let visibility = &function.vis;
    let conditions = function.attrs.iter().filter(|attribute| is_condition(attribute)).collect::<Vec<_>>();
    let Shape { input, result } = &shape;
    let (input, forwarded) = match input {
        Some(input) => (quote!(#input), quote!(#ident(call, input))),
        None => (quote!(::toolbay_sdk::NoInput), quote!({ let _ = input; #ident(call) })),
    };
    // Carries the span of the author's own type, so that a missing derive is reported there.
    let output = quote_spanned!(result.span()=> <#result as ::toolbay_sdk::__private::ToolResult>::Output);
    // A type may share the function's name, since functions and types do not share a namespace: `plugin!` finds the
    // tool by it, wherever the function was imported from.
    Ok(quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, reason = "named like the function that it stands for")]
        #visibility enum #ident {}

        #(#conditions)*
        impl ::toolbay_sdk::Tool for #ident {
            type Input = #input;
            type Output = #output;

            const SPECIFICATION: ::toolbay_sdk::Specification = ::toolbay_sdk::Specification {
                name: #name,
                title: #title,
                description: #description,
                access: ::toolbay_sdk::Access::#access,
                least: ::toolbay_sdk::Access::#least,
                idempotent: #idempotent,
                routes: &[#(#routes),*],
            };

            fn call(
                call: &::toolbay_sdk::Call,
                input: Self::Input,
            ) -> ::core::result::Result<Self::Output, ::toolbay_sdk::Problem> {
                #forwarded
            }
        }
    })
}

fn is_condition(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}
