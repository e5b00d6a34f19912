//! What a plugin says before a panic ends it.
//!
//! It says it in numbers: a function of the host that takes text would put two modules more into every component, and each call
//! would instantiate them.

use std::panic::PanicHookInfo;

use crate::bindings::toolbay::plugin::logging::{self, PanicText};

/// Bytes of a piece of text.
const PIECE: usize = 64;

/// Pieces of one text: a line of the host's log has no more bytes.
const PIECES: usize = 64;

/// Tells the host of each panic, of which it would see nothing but an unreachable instruction.
pub fn report_panics() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let (file, line) = info.location().map_or(("", 0), |location| (location.file(), location.line()));
    tell(PanicText::Message, info.payload_as_str().unwrap_or_default());
    tell(PanicText::File, file);
    logging::panicked(line);
}

fn tell(text: PanicText, said: &str) {
    for piece in said.as_bytes().chunks(PIECE).take(PIECES) {
        let mut words = piece.chunks(8).map(|bytes| {
            let byte = |word, (place, byte): (usize, &u8)| word | u64::from(*byte) << (8 * place);
            bytes.iter().enumerate().fold(0, byte)
        });
        let mut next = || words.next().unwrap_or_default();
        let words = (next(), next(), next(), next(), next(), next(), next(), next());
        logging::panic_piece(text, piece.len() as u32, words);
    }
}
