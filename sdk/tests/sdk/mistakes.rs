//! An author's mistakes are answered in the author's words, while the plugin compiles.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
