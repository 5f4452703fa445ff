// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the hall tells: questions, plan, hours, results by post, and the code to
//! pay with, read from the glass by a program that nobody here wrote.

use super::{Flow, part};
use crate::support::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

/// The codes on a picture of the glass.
fn on_glass(flow: &Flow) -> Vec<String> {
    let picture = flow.bench.bytes("/screen.png");
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let size = info.color_type.samples();
    let dark = |x: usize, y: usize| {
        let at = y * info.line_size + x * size;
        pixels[at..at + size.min(3)].iter().map(|c| u32::from(*c)).sum::<u32>() < 3 * 128
    };
    read_codes(info.width as usize, info.height as usize, dark)
}

/// `vietnam-qr-pay` of the registry, which banks' developers use; none where it was not fetched.
fn peer() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = root.join(".tools/vietnam-qr-pay/node_modules/vietnam-qr-pay");
    if module.is_dir() {
        return Some(module);
    }
    let required = std::env::var_os("MOTCUA_REQUIRE_PEERS").is_some();
    assert!(!required, "{} is missing: run tests/peers/setup.sh", module.display());
    println!("skipped: {} is missing, tests/peers/setup.sh fetches it", module.display());
    None
}

fn read_by(module: &Path, code: &str) -> Value {
    let script = "const { QRPay } = require(process.argv[1]); const p = new QRPay(process.argv[2]);
        console.log(JSON.stringify({ valid: p.isValid, provider: p.provider.name, bank: p.consumer.bankBin,
            account: p.consumer.bankNumber, amount: p.amount, purpose: p.additionalData.purpose, currency: p.currency }))";
    let said = Process::new("node").args(["-e", script]).arg(module).arg(code).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn the_hall_s_questions_plan_hours_post_and_a_code_to_pay_with() {
    let flow = Flow::new();
    let open = |row: &str, screen: &str| {
        flow.to("Hỏi đáp", "list");
        flow.tap_until(row, |s| s["screen"] == screen && s["kind"] != "information")
    };
    open("Câu hỏi thường gặp", "list");
    let answer = flow.to("Tôi lỡ lượt gọi", "sheet");
    assert_eq!(answer["kind"], "answer");
    assert!(answer["parts"][0]["text"].as_str().unwrap().contains("quầy 1"));
    flow.home();
    let plan = open("Sơ đồ các quầy", "plan");
    assert_eq!(plan["counters"].as_array().unwrap().len(), 6);
    assert_eq!((&plan["counters"][3]["id"], &plan["counters"][3]["side"]), (&"4".into(), &"right".into()));
    flow.home();
    let hours = open("Giờ mở cửa", "sheet");
    assert_eq!(part(&hours, "sunday")["text"], "00:00–23:59");
    flow.home();
    let post = open("Nhận kết quả qua bưu điện", "sheet");
    assert_eq!(post["kind"], "post");
    flow.home();
    open("Nộp tiền chuyển khoản", "list");
    let pay = flow.to("Trích lục hộ tịch", "pay");
    assert_eq!((&pay["amount"], &pay["account"]), (&"8.000 đ".into(), &"0000000000000".into()));
    let mut codes = Vec::new();
    assert!(
        until(|| {
            codes = on_glass(&flow);
            codes.len() == 1
        }),
        "on the glass: {codes:?}"
    );
    assert_eq!(codes[0], pay["qr"].as_str().unwrap());
    if let Some(module) = peer() {
        let read = read_by(&module, &codes[0]);
        let wanted = serde_json::json!({
            "valid": true, "provider": "VIETQR", "bank": "970499", "account": "0000000000000",
            "amount": "8000", "purpose": "PHI TRICH LUC HO TICH", "currency": "704",
        });
        assert_eq!(read, wanted);
    }
    flow.home();
}
