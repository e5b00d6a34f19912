//! The hash tree of an append-only log, as RFC 9162 has it (section 2.1; the hashes are those of RFC 6962).
//!
//! A node is complete when all of its leaves are there; complete nodes never change, so they are what is stored. The root and
//! every proof of any size, also of a former one, are made of them.

use sha2::{Digest as _, Sha256};

/// A hash of the tree: SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(data).finalize().into()
}

/// The hash of a node with two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A complete node: it has the `2^level` leaves from `index * 2^level` on. Level 0 is a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    pub level: u32,
    pub index: u64,
}

/// The complete nodes that have the leaves of a range, the largest of each first. They are few: two for each level at most.
#[must_use]
pub fn nodes_of(from: u64, until: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut from = from;
    while from < until {
        let fits = (until - from).ilog2();
        let level = if from == 0 { fits } else { fits.min(from.trailing_zeros()) };
        nodes.push(Node { level, index: from >> level });
        from += 1 << level;
    }
    nodes
}

/// The hash of leaves that complete nodes have between them, given as [`nodes_of`] names them; none of none.
#[must_use]
pub fn fold(hashes: &[Hash]) -> Option<Hash> {
    let (last, others) = hashes.split_last()?;
    Some(others.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// What proves that a leaf is in a tree of this size: the complete nodes of each hash of the proof. None when it isn't.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Vec<Node>>> {
    if index >= size {
        return None;
    }
    let (mut from, mut until) = (0, size);
    let mut path = Vec::new();
    while until - from > 1 {
        let middle = from + split(until - from);
        if index < middle {
            path.push(nodes_of(middle, until));
            until = middle;
        } else {
            path.push(nodes_of(from, middle));
            from = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// What proves that a tree goes on from a smaller one: the complete nodes of each hash of the proof. None when it can't.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Option<Vec<Vec<Node>>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut from, mut until) = (0, new);
    let mut path = Vec::new();
    // Until the part is a whole tree of what was there: its hash is needed, unless it is the former root itself.
    while old != until {
        let middle = from + split(until - from);
        if old <= middle {
            path.push(nodes_of(middle, until));
            until = middle;
        } else {
            path.push(nodes_of(from, middle));
            from = middle;
        }
    }
    if from > 0 {
        path.push(nodes_of(from, until));
    }
    path.reverse();
    Some(path)
}

/// The largest power of two below a number of at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// Whether the proof shows that the tree of this size and root has the leaf at this index (RFC 9162, 2.1.3.2).
#[must_use]
pub fn is_included(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    let Some(last) = size.checked_sub(1).filter(|last| index <= *last) else { return false };
    let mut walk = Walk { index, last };
    let mut hash = *leaf;
    for sibling in proof {
        let Some(is_right) = walk.step() else { return false };
        hash = if is_right { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
    }
    walk.is_at_root() && hash == *root
}

/// Whether the proof shows that the tree of the size and root `new` goes on from `old` (RFC 9162, 2.1.4.2).
#[must_use]
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size >= new_size {
        let is_same = old_size == new_size && old_root == new_root;
        return proof.is_empty() && (is_same || (old_size == 0 && *old_root == empty_root()));
    }
    let mut hashes = proof.iter();
    // A whole tree is a node of the new one, whose hash needs no telling.
    let first = if old_size.is_power_of_two() { Some(old_root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let mut walk = Walk { index: old_size - 1, last: new_size - 1 };
    walk.leave_right_sides();
    let (mut was, mut is) = (*first, *first);
    for sibling in hashes {
        let Some(is_right) = walk.step() else { return false };
        if is_right {
            was = node_hash(sibling, &was);
            is = node_hash(sibling, &is);
        } else {
            is = node_hash(&is, sibling);
        }
    }
    walk.is_at_root() && was == *old_root && is == *new_root
}

/// The way from a node up to the root, beside the last node of each level.
struct Walk {
    index: u64,
    last: u64,
}

impl Walk {
    /// Goes up; whether the sibling of this step is to the left. None when the root was reached before.
    fn step(&mut self) -> Option<bool> {
        if self.last == 0 {
            return None;
        }
        let is_right = self.index % 2 == 1 || self.index == self.last;
        if is_right {
            // The last node of a level may have no sibling there, nor above.
            while self.index.is_multiple_of(2) && self.index != 0 {
                self.up();
            }
        }
        self.up();
        Some(is_right)
    }

    fn leave_right_sides(&mut self) {
        while self.index % 2 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.index >>= 1;
        self.last >>= 1;
    }

    fn is_at_root(&self) -> bool {
        self.last == 0
    }
}

/// The right edge of a tree: all that is needed to append to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Of the nodes that [`nodes_of`] names for the whole tree.
    hashes: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of this size, by the hashes of the nodes that [`nodes_of`] names for it. None when there are more
    /// or fewer.
    #[must_use]
    pub fn new(size: u64, hashes: Vec<Hash>) -> Option<Self> {
        (u32::try_from(hashes.len()) == Ok(size.count_ones())).then_some(Self { size, hashes })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.hashes).unwrap_or_else(empty_root)
    }

    /// Appends a leaf; answers the nodes above it that are complete now, from below.
    pub fn append(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        let mut complete = Vec::new();
        let mut hash = leaf;
        let mut index = self.size;
        let mut level = 0;
        while index % 2 == 1
            && let Some(left) = self.hashes.pop()
        {
            hash = node_hash(&left, &hash);
            index >>= 1;
            level += 1;
            complete.push((Node { level, index }, hash));
        }
        self.hashes.push(hash);
        self.size += 1;
        complete
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn leaf(number: u64) -> Hash {
        leaf_hash(&number.to_be_bytes())
    }

    /// The definition of RFC 9162, word by word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            more => {
                let (left, right) = more.split_at(naive_split(more.len()));
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn naive_split(leaves: usize) -> usize {
        let mut split = 1;
        while split * 2 < leaves {
            split *= 2;
        }
        split
    }

    fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let split = naive_split(leaves.len());
        let (left, right) = leaves.split_at(split);
        let (mut path, beside) = if index < split {
            (naive_path(index, left), naive_root(right))
        } else {
            (naive_path(index - split, right), naive_root(left))
        };
        path.push(beside);
        path
    }

    fn naive_subproof(old: usize, leaves: &[Hash], is_known: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if is_known { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let split = naive_split(leaves.len());
        let (left, right) = leaves.split_at(split);
        let (mut path, beside) = if old <= split {
            (naive_subproof(old, left, is_known), naive_root(right))
        } else {
            (naive_subproof(old - split, right, false), naive_root(left))
        };
        path.push(beside);
        path
    }

    /// A log as the store keeps it.
    struct Log {
        leaves: Vec<Hash>,
        nodes: HashMap<Node, Hash>,
        edges: Vec<Edge>,
    }

    impl Log {
        fn of(size: u64) -> Self {
            let mut log = Self { leaves: Vec::new(), nodes: HashMap::new(), edges: vec![Edge::default()] };
            let mut edge = Edge::default();
            for number in 0..size {
                log.leaves.push(leaf(number));
                log.nodes.insert(Node { level: 0, index: number }, leaf(number));
                for (node, hash) in edge.append(leaf(number)) {
                    assert!(log.nodes.insert(node, hash).is_none(), "a node is complete once");
                }
                log.edges.push(edge.clone());
            }
            log
        }

        fn told(&self, proof: Vec<Vec<Node>>) -> Vec<Hash> {
            let told = |nodes: Vec<Node>| {
                let hashes: Vec<Hash> = nodes.iter().map(|node| self.nodes[node]).collect();
                fold(&hashes).unwrap()
            };
            proof.into_iter().map(told).collect()
        }

        fn root(&self, size: usize) -> Hash {
            naive_root(&self.leaves[..size])
        }
    }

    #[test]
    fn the_hashes_are_those_of_the_rfc() {
        let hex = |hash: Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        // Of the test vectors of Certificate Transparency's implementations.
        assert_eq!(hex(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let mut edge = Edge::default();
        for data in [
            &b""[..],
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ] {
            edge.append(leaf_hash(data));
        }
        assert_eq!(hex(edge.root()), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn roots_and_proofs_are_those_of_the_definition_for_every_small_size() {
        let log = Log::of(70);
        for size in 0..=70_u64 {
            let leaves = &log.leaves[..usize::try_from(size).unwrap()];
            let root = naive_root(leaves);
            let edge = &log.edges[leaves.len()];
            assert_eq!((edge.root(), edge.size()), (root, size));
            let hashes = nodes_of(0, size).iter().map(|node| log.nodes[node]).collect();
            assert_eq!(Edge::new(size, hashes).as_ref(), Some(edge));
            for index in 0..size {
                let proof = log.told(inclusion(index, size).unwrap());
                assert_eq!(proof, naive_path(usize::try_from(index).unwrap(), leaves));
                assert!(is_included(&leaf(index), index, size, &root, &proof));
                assert!(!is_included(&leaf(index), index + 1, size, &root, &proof));
                assert!(!is_included(&leaf(index + 1), index, size, &root, &proof));
            }
            assert_eq!(inclusion(size, size), None);
            for old in 0..=size {
                let old_root = log.root(usize::try_from(old).unwrap());
                let proof = log.told(consistency(old, size).unwrap());
                if old > 0 {
                    assert_eq!(proof, naive_subproof(usize::try_from(old).unwrap(), leaves, true));
                }
                assert!(is_consistent((old, &old_root), (size, &root), &proof));
                assert_eq!(is_consistent((size, &root), (old, &old_root), &proof), old == size);
            }
            assert_eq!(consistency(size + 1, size), None);
        }
    }

    proptest! {
        #[test]
        fn a_proof_proves_what_it_says_and_nothing_else(
            size in 1_u64..300,
            at in any::<prop::sample::Index>(),
            before in any::<prop::sample::Index>(),
            flipped in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let log = Log::of(size);
            let root = log.root(log.leaves.len());
            let index = at.index(log.leaves.len());
            let proof = log.told(inclusion(index as u64, size).unwrap());
            prop_assert_eq!(&proof, &naive_path(index, &log.leaves));
            prop_assert!(is_included(&log.leaves[index], index as u64, size, &root, &proof));
            let old = before.index(log.leaves.len());
            let old_root = log.root(old);
            let steps = log.told(consistency(old as u64, size).unwrap());
            prop_assert!(is_consistent((old as u64, &old_root), (size, &root), &steps));

            // One bit of anything, a hash more, a hash fewer.
            let flip = |hash: &Hash| {
                let mut other = *hash;
                other[flipped.index(32)] ^= 1 << bit;
                other
            };
            prop_assert!(!is_included(&flip(&log.leaves[index]), index as u64, size, &root, &proof));
            prop_assert!(!is_included(&log.leaves[index], index as u64, size, &flip(&root), &proof));
            prop_assert!(!is_consistent((old as u64, &flip(&old_root)), (size, &root), &steps));
            for (proof, is_right) in [
                (&proof, &(|told: &[Hash]| is_included(&log.leaves[index], index as u64, size, &root, told))
                    as &dyn Fn(&[Hash]) -> bool),
                (&steps, &|told| is_consistent((old as u64, &old_root), (size, &root), told)),
            ] {
                let longer: Vec<Hash> = proof.iter().copied().chain([root]).collect();
                prop_assert!(!is_right(&longer));
                if !proof.is_empty() {
                    prop_assert!(!is_right(&proof[1..]));
                    prop_assert!(!is_right(&proof[..proof.len() - 1]));
                    let mut other = proof.clone();
                    let place = flipped.index(other.len());
                    other[place] = flip(&other[place]);
                    prop_assert!(!is_right(&other));
                }
            }
        }

        #[test]
        fn no_numbers_make_it_panic(index: u64, size: u64, new: u64, hash: Hash, proof: Vec<Hash>) {
            let _ = is_included(&hash, index, size, &hash, &proof);
            let _ = is_consistent((size, &hash), (new, &hash), &proof);
            let small = |size: u64| size >> 1;
            let _ = inclusion(small(index), small(size));
            let _ = consistency(small(size), small(new));
        }
    }
}
