//! Languages of code blocks.

use crate::Error;
use crate::names;

/// What Notion takes.
#[rustfmt::skip]
const LANGUAGES: &[&str] = &[
    "abap", "abc", "agda", "arduino", "ascii art", "assembly", "bash", "basic", "bnf", "c", "c#", "c++", "clojure",
    "coffeescript", "coq", "css", "dart", "dhall", "diff", "docker", "ebnf", "elixir", "elm", "erlang", "f#", "flow",
    "fortran", "gherkin", "glsl", "go", "graphql", "groovy", "haskell", "hcl", "html", "idris", "java", "javascript",
    "json", "julia", "kotlin", "latex", "less", "lisp", "livescript", "llvm ir", "lua", "makefile", "markdown",
    "markup", "matlab", "mathematica", "mermaid", "nix", "notion formula", "objective-c", "ocaml", "pascal", "perl",
    "php", "plain text", "powershell", "prolog", "protobuf", "purescript", "python", "r", "racket", "reason", "ruby",
    "rust", "sass", "scala", "scheme", "scss", "shell", "smalltalk", "solidity", "sql", "swift", "toml", "typescript",
    "vb.net", "verilog", "vhdl", "visual basic", "webassembly", "xml", "yaml", "java/c/c++/c#",
];

/// What people write after a code fence.
#[rustfmt::skip]
const OTHER_NAMES: &[(&str, &str)] = &[
    ("", "plain text"), ("text", "plain text"), ("txt", "plain text"), ("plaintext", "plain text"),
    ("plain", "plain text"), ("none", "plain text"), ("js", "javascript"), ("jsx", "javascript"),
    ("mjs", "javascript"), ("ts", "typescript"), ("tsx", "typescript"), ("py", "python"), ("python3", "python"),
    ("rb", "ruby"), ("rs", "rust"), ("sh", "shell"), ("zsh", "shell"), ("console", "shell"), ("yml", "yaml"),
    ("md", "markdown"), ("cpp", "c++"), ("cc", "c++"), ("hpp", "c++"), ("h", "c"), ("cs", "c#"), ("csharp", "c#"),
    ("fsharp", "f#"), ("golang", "go"), ("kt", "kotlin"), ("dockerfile", "docker"), ("tex", "latex"),
    ("proto", "protobuf"), ("ps1", "powershell"), ("pwsh", "powershell"), ("objc", "objective-c"), ("hs", "haskell"),
    ("ex", "elixir"), ("exs", "elixir"), ("clj", "clojure"), ("tf", "hcl"), ("terraform", "hcl"), ("jsonc", "json"),
    ("json5", "json"), ("svg", "xml"), ("vb", "visual basic"), ("wasm", "webassembly"), ("wat", "webassembly"),
    ("make", "makefile"), ("patch", "diff"), ("pl", "perl"), ("asm", "assembly"), ("gql", "graphql"),
    ("postgresql", "sql"), ("mysql", "sql"), ("sqlite", "sql"),
];

/// The language of a name, however it is written.
pub(crate) fn parse(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    let known = LANGUAGES.iter().find(|language| **language == name);
    known
        .or_else(|| OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, language)| language))
        .copied()
}

/// As [`parse`], or an error with the nearest names.
pub(crate) fn find(name: &str) -> Result<&'static str, Error> {
    match parse(name) {
        Some(language) => Ok(language),
        None => names::find(name, LANGUAGES, "language"),
    }
}
