//! The shape of a tool's function, refused with words that say what to write instead.

use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Pat, PatType, Result, ReturnType, Signature, Type};

const SHAPE: &str = "a tool is `fn name(call: &Call, input: Input) -> Result<Output, Problem>`";

/// The types that a tool's function names.
pub(crate) struct Shape {
    /// Absent where the tool takes no arguments.
    pub(crate) input: Option<Type>,
    /// The whole `Result<Output, Problem>`.
    pub(crate) result: Type,
}

pub(crate) fn check(function: &ItemFn) -> Result<Shape> {
    let signature = &function.sig;
    refuse_qualifiers(signature)?;
    let mut parameters = signature.inputs.iter();
    match parameters.next() {
        Some(FnArg::Typed(first)) if is_call(&first.ty) => {}
        Some(FnArg::Receiver(receiver)) => {
            return Err(Error::new(
                receiver.span(),
                format!("a tool is a free function, not a method: {SHAPE}"),
            ));
        }
        Some(other) => {
            return Err(Error::new(other.span(), format!("the first parameter is `call: &Call`: {SHAPE}")));
        }
        None => {
            return Err(Error::new(
                signature.ident.span(),
                format!("the parameter `call: &Call` is missing: {SHAPE}"),
            ));
        }
    }
    let input = parameters.next().map(input_type).transpose()?;
    if let Some(extra) = parameters.next() {
        return Err(Error::new(
            extra.span(),
            "a tool has one input: put its arguments in one struct that derives Deserialize and JsonSchema",
        ));
    }
    let ReturnType::Type(_, result) = &signature.output else {
        return Err(Error::new(signature.span(), format!("the tool answers nothing: {SHAPE}")));
    };
    Ok(Shape { input, result: (**result).clone() })
}

fn refuse_qualifiers(signature: &Signature) -> Result<()> {
    if let Some(word) = &signature.asyncness {
        return Err(Error::new(
            word.span(),
            "a tool is not async: the host runs calls side by side, and `call.notion().send_all(..)` and \
             `call.tools().invoke_all(..)` wait for many answers at once",
        ));
    }
    if let Some(word) = &signature.unsafety {
        return Err(Error::new(word.span(), format!("a tool is not unsafe: {SHAPE}")));
    }
    if let Some(word) = &signature.abi {
        return Err(Error::new(word.span(), format!("a tool is not extern: {SHAPE}")));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new(
            signature.generics.span(),
            "a tool is not generic: its schemas are published, so its types must be named",
        ));
    }
    Ok(())
}

fn is_call(parameter: &Type) -> bool {
    let Type::Reference(reference) = parameter else { return false };
    let Type::Path(path) = &*reference.elem else { return false };
    reference.mutability.is_none() && path.path.segments.last().is_some_and(|last| last.ident == "Call")
}

fn input_type(parameter: &FnArg) -> Result<Type> {
    match parameter {
        FnArg::Typed(PatType { ty, pat, .. }) => match (&**ty, &**pat) {
            (Type::Reference(_), _) => {
                Err(Error::new(ty.span(), "a tool owns its input: take it by value, without `&`"))
            }
            (Type::ImplTrait(_), _) => {
                Err(Error::new(ty.span(), "name the type of the input: its schema is published"))
            }
            (_, Pat::Rest(_)) => Err(Error::new(pat.span(), SHAPE)),
            _ => Ok((**ty).clone()),
        },
        FnArg::Receiver(receiver) => Err(Error::new(receiver.span(), SHAPE)),
    }
}
