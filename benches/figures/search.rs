// SPDX-License-Identifier: MIT OR Apache-2.0
//! The search of “what to bring” on a province's whole list: 3,000 procedures made of the sample catalogue's words.

use crate::{Report, quantile, time};
use motcua_core::procedures::{Field, Online, Procedure, Procedures, Reception, Text};
use std::time::Duration;

const CATALOGUE: &str = include_str!("../../central/src/province/stub/catalogue.csv");
const PROCEDURES: usize = 3_000;
const TIMES: usize = 5;
/// What the session asks for.
const SHOWN: usize = 24;

/// Right, without accents, and mistyped, of the same procedures.
const QUERIES: [(&str, [&str; 6]); 3] = [
    (
        "right",
        [
            "đăng ký khai sinh",
            "chứng thực chữ ký",
            "hộ kinh doanh",
            "giấy phép xây dựng",
            "đất đai",
            "trợ cấp",
        ],
    ),
    (
        "without accents",
        [
            "dang ky khai sinh",
            "chung thuc chu ky",
            "ho kinh doanh",
            "giay phep xay dung",
            "dat dai",
            "tro cap",
        ],
    ),
    (
        "mistyped",
        [
            "dang ki kai sinh",
            "chung thuc chu ki",
            "ho kin doanh",
            "giay pehp xay dugn",
            "dta dai",
            "tro capp",
        ],
    ),
];

pub fn run(report: &mut Report) {
    let list = procedures();
    assert_eq!(list.len(), PROCEDURES);
    let mut built = Vec::new();
    let mut index = None;
    built.extend(time(1, || index = Some(Procedures::new(list.clone()))));
    let index = index.unwrap();
    report.add("search", "index of 3,000 procedures, built once", quantile(&mut built, 0.5), "ms", "");
    for (kind, queries) in QUERIES {
        let mut times: Vec<Duration> = Vec::new();
        for query in queries {
            // As typed: each letter is a search.
            let ends: Vec<usize> = query.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
            for end in ends {
                times.extend(time(TIMES, || assert!(index.search(&query[..end], SHOWN).len() <= SHOWN)));
            }
            assert!(!index.search(query, SHOWN).is_empty(), "{query}");
        }
        for part in [0.5, 0.95, 1.0] {
            let what = format!(
                "{kind}, first results, {}",
                if part < 1.0 { format!("p{:.0}", part * 100.0) } else { "longest".into() }
            );
            report.add("search", what, quantile(&mut times, part), "ms", "budget: 50 ms");
        }
    }
}

/// Names of three parts of the catalogue's own names, each only once.
fn procedures() -> Vec<Procedure> {
    let names: Vec<Vec<&str>> = CATALOGUE
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .map(|name| name.trim_matches('"').split_whitespace().collect())
        .collect();
    let mut out = Vec::new();
    'all: for step in 1.. {
        for (at, name) in names.iter().enumerate() {
            if out.len() == PROCEDURES {
                break 'all;
            }
            let other = &names[(at + step) % names.len()];
            let third = &names[(at + step * 7 + 3) % names.len()];
            let half = |words: &[&str]| words[..words.len().div_ceil(2)].join(" ");
            let name = format!("{} {} {}", name.join(" "), half(other), half(third).to_lowercase());
            out.push(procedure(out.len(), &name));
        }
    }
    out
}

fn procedure(at: usize, name: &str) -> Procedure {
    let text = |vi: &str| Text { vi: vi.to_owned(), en: None };
    Procedure {
        code: format!("1.{at:06}"),
        name: text(name),
        field: Field { code: format!("G{}", at % 40), name: text("Lĩnh vực") },
        online: Online::Full,
        time: text("Trong ngày"),
        fee: text("Không"),
        papers: Vec::new(),
        forms: Vec::new(),
        place: text("Quầy 2"),
        reception: Reception::AtOnce,
        non_territorial: true,
        by_post: false,
    }
}
