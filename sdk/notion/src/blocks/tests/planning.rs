use proptest::prelude::*;
use serde_json::{Value, json};

use super::generated::any_block;
use crate::blocks::plan::{Plan, count, plan};
use crate::blocks::tree::{children, kind_of, put_children, take_children};
use crate::blocks::{first_batch, to_notion};

fn flat(number: usize) -> Vec<Value> {
    let texts: Vec<Value> = (0..number).map(|number| json!(number.to_string())).collect();
    to_notion(&texts).unwrap()
}

fn holding(children: Vec<Value>) -> Value {
    let mut block = to_notion(&[json!({ "type": "toggle" })]).unwrap().remove(0);
    put_children(&mut block, children);
    block
}

/// How many requests a plan takes, without those that read ids.
fn requests(plan: &Plan) -> usize {
    plan.batches
        .iter()
        .map(|batch| 1 + batch.missing.iter().map(|missing| requests(&missing.plan)).sum::<usize>())
        .sum()
}

fn reads(plan: &Plan) -> usize {
    let own = plan.batches.iter().flat_map(|batch| &batch.missing);
    own.map(|missing| usize::from(missing.path.len() > 1) + reads(&missing.plan)).sum()
}

/// What is there when a plan has been carried out.
fn carried_out(plan: &Plan) -> Vec<Value> {
    let mut all = Vec::new();
    for batch in &plan.batches {
        check_request(&batch.blocks);
        let mut blocks = batch.blocks.clone();
        for missing in &batch.missing {
            let (last, above) = missing.path.split_last().unwrap();
            let rest = carried_out(&missing.plan);
            add(&mut blocks, above, *last, rest);
        }
        all.extend(blocks);
    }
    all
}

fn add(blocks: &mut [Value], above: &[usize], last: usize, rest: Vec<Value>) {
    match above.split_first() {
        None => {
            let mut own = take_children(&mut blocks[last]);
            own.extend(rest);
            put_children(&mut blocks[last], own);
        }
        Some((first, deeper)) => {
            let mut own = take_children(&mut blocks[*first]);
            add(&mut own, deeper, last, rest);
            put_children(&mut blocks[*first], own);
        }
    }
}

/// What Notion asks of a request.
fn check_request(blocks: &[Value]) {
    check_level(blocks, 0);
    assert!(blocks.iter().map(count).sum::<usize>() <= 1_000);
    assert!(Value::from(blocks.to_vec()).to_string().len() <= 450_100);
}

fn check_level(blocks: &[Value], level: usize) {
    assert!(blocks.len() <= 100);
    for block in blocks {
        let nested = children(block);
        match kind_of(block) {
            "column_list" => {
                assert!(level == 0 && nested.len() >= 2);
                for column in nested {
                    assert!(!children(column).is_empty());
                    check_level(children(column), 1);
                }
                continue;
            }
            "table" | "tab" => assert!(level < 2 && !nested.is_empty()),
            "column" => assert_eq!(level, 0),
            _ => {}
        }
        assert!(level < 2 || nested.is_empty());
        check_level(nested, level + 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn plans_keep_every_block_in_its_place(blocks in prop::collection::vec(any_block(), 1..12), times in 1_usize..20) {
        let mut blocks = to_notion(&blocks).unwrap();
        let many = flat(times * 17);
        blocks.push(holding(many.clone()));
        blocks.push(holding(vec![holding(vec![holding(many.clone()), holding(blocks.clone())])]));
        blocks.extend(many);
        let plan = plan(blocks.clone()).unwrap();
        prop_assert_eq!(carried_out(&plan), blocks.clone());
        let (first, rest) = first_batch(blocks.clone());
        check_request(&first);
        prop_assert_eq!([first, rest].concat(), blocks);
    }
}

#[test]
fn requests_are_as_few_as_can_be() {
    let rows = |number: usize| {
        let rows: Vec<Value> = (0..number).map(|row| json!([row.to_string()])).collect();
        to_notion(&[json!({ "type": "table", "rows": rows })]).unwrap()
    };
    let columns = |each: usize| {
        let column = json!({ "type": "column", "children": vec!["a"; each] });
        to_notion(&[json!({ "type": "column_list", "children": [column, column] })]).unwrap()
    };
    for (blocks, writes, lists) in [
        (flat(1_000), 10, 0),
        (flat(1), 1, 0),
        // Nested twice goes along, a thousand blocks in one request.
        ((0..9).map(|_| holding(flat(99))).collect(), 1, 0),
        (vec![holding(vec![holding(flat(99))])], 1, 0),
        // The hundred that fill a request of their own stay together; the others come with their parent.
        (vec![holding(flat(150))], 2, 0),
        (vec![holding(flat(101))], 2, 0),
        (vec![holding(flat(200))], 2, 0),
        (rows(100), 1, 0),
        (rows(101), 2, 0),
        (rows(1_000), 10, 0),
        // A chain of six: the first three levels one by one, the others at once.
        (vec![holding(vec![holding(vec![holding(vec![holding(vec![holding(flat(1))])])])])], 4, 0),
        (columns(50), 1, 0),
        (columns(150), 3, 2),
    ] {
        let plan = plan(blocks).unwrap();
        assert_eq!((requests(&plan), reads(&plan)), (writes, lists));
        carried_out(&plan);
    }
}

#[test]
fn size_divides_requests_and_what_is_too_large_alone_is_refused() {
    let text = "x".repeat(100_000);
    let large = to_notion(&vec![json!({ "type": "code", "text": text }); 10]).unwrap();
    let four = plan(large).unwrap();
    assert_eq!(four.batches.len(), 3);
    carried_out(&four);
    let huge = to_notion(&[json!({ "type": "code", "text": "\u{4e2d}".repeat(199_000) })]).unwrap();
    assert!(plan(huge).expect_err("too large").message.contains("450000 bytes"));
}
