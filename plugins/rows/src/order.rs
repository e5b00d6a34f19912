//! Implicit dependencies: operations that depend on what earlier ones do, without naming their results.

use std::collections::HashMap;

use crate::batch::Batch;
use crate::claim::{self, Share};
use crate::kind::Kind;

/// Who holds each claim, and how.
pub(crate) type Held = HashMap<String, Vec<(usize, Share)>>;

/// Whether an operation changes what another one on the same thing looks at before it writes: where a page is, or its
/// content. Values of properties are not looked at but to be replaced.
fn changes_what_is_looked_at(earlier: Kind, later: Kind) -> bool {
    let (Kind::Tool(earlier), Kind::Tool(later)) = (earlier, later) else { return false };
    matches!(earlier.name, "archive" | "move_page") || earlier.changes_content() && later.changes_content()
}

/// Whether an operation changes a text somewhere, and another one looks for a text: nobody says on which page a block is.
fn changes_some_text(earlier: Kind, later: Kind) -> bool {
    later.is_tool("edit_page") && (earlier.is_tool("delete_block") || earlier.is_tool("update_block"))
}

impl Batch<'_> {
    /// The first operation that has to wait, for a wide one or because it is one; those after it wait too.
    pub(crate) fn first_held_back(&self) -> usize {
        let mut unfinished = self.operations.iter().enumerate().filter(|(_, operation)| !operation.is_done());
        let mut before = 0;
        match unfinished.find(|(_, operation)| {
            before += 1;
            operation.is_wide
        }) {
            None => self.operations.len(),
            Some((number, _)) if before == 1 => number + 1,
            Some((number, _)) => number,
        }
    }

    /// What each operation holds, by claim.
    pub(crate) fn held(&self) -> Held {
        let mut held = Held::new();
        for (number, operation) in self.operations.iter().enumerate() {
            for (claim, share) in &operation.claims {
                held.entry(claim.clone()).or_default().push((number, *share));
            }
        }
        held
    }

    /// Whether what an operation is checked against may be other than it is now once those before it are done: one of them
    /// may change anything, makes a page that this one names, or changes the very thing that it looks at.
    pub(crate) fn may_find_another_world(&self, held: &Held, number: usize) -> bool {
        let Some(later) = self.operations.get(number) else { return false };
        let is_other = |claim: &str, later_share: Share, earlier: usize, share: Share| {
            let Some(operation) = self.operations.get(earlier).filter(|_| earlier < number) else {
                return false;
            };
            if !operation.changes(share) || share.is_shared_with(later_share) || claim == claim::EVERYTHING {
                return false;
            }
            match (operation.kind, later.kind) {
                (Kind::Tool(_), Kind::Tool(_)) if !claim::is_of_values(claim) => {
                    share == Share::Exclusive && changes_what_is_looked_at(operation.kind, later.kind)
                }
                // What it writes is decided by nobody else.
                (_, Kind::Tool(_)) => later_share == Share::Seen,
                _ => true,
            }
        };
        let works_on_the_same = later.claims.iter().any(|(claim, later_share)| {
            let holders = held.get(claim).into_iter().flatten();
            holders.into_iter().any(|(earlier, share)| is_other(claim, *later_share, *earlier, *share))
        });
        let mut before = self.operations.iter().take(number);
        works_on_the_same
            || before.any(|earlier| earlier.is_wide || changes_some_text(earlier.kind, later.kind))
    }
}
