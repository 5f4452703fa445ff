// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;
use proptest::prelude::*;

fn all(method: Method, keys: &str) -> String {
    keys.chars().fold(String::new(), |text, key| typed(method, &text, key))
}

/// What people type and what they mean; Telex, VNI, text.
const TABLE: [(&str, &str, &str); 40] = [
    ("tieengs Vieetj", "tie6ng1 Vie6t5", "tiếng Việt"),
    ("Nguyeenx Vawn Anh", "Nguye6n4 Va8n Anh", "Nguyễn Văn Anh"),
    ("dduwowcj", "d9uo7c5", "được"),
    ("nguwowif", "nguo7i2", "người"),
    ("hoaf", "hoa2", "hòa"),
    ("hoanf", "hoan2", "hoàn"),
    ("hoafn", "hoa2n", "hoàn"),
    ("quas", "qua1", "quá"),
    ("quys", "quy1", "quý"),
    ("giaf", "gia2", "già"),
    ("gif", "gi2", "gì"),
    ("gieengs", "gie6ng1", "giếng"),
    ("muwa", "mu7a", "mưa"),
    ("muaw", "mua7", "mưa"),
    ("khuya", "khuya", "khuya"),
    ("thuys", "thuy1", "thúy"),
    ("khoer", "khoe3", "khỏe"),
    ("ngoaif", "ngoai2", "ngoài"),
    ("oai", "oai", "oai"),
    ("huwu", "hu7u", "hưu"),
    ("DDoongf", "D9o6ng2", "Đồng"),
    ("DDAATS DDAI", "D9A6T1 D9AI", "ĐẤT ĐAI"),
    ("ddaats ddai", "d9a6t1 d9ai", "đất đai"),
    ("chuwngs thuwcj", "chu7ng1 thu7c5", "chứng thực"),
    ("khai sinh", "khai sinh", "khai sinh"),
    ("hooj tichj", "ho65 tich5", "hộ tịch"),
    ("nghieepj", "nghie6p5", "nghiệp"),
    ("thuees", "thue61", "thuế"),
    ("xuaats", "xua6t1", "xuất"),
    ("hoawcj", "hoa8c5", "hoặc"),
    ("quawng", "qua8ng", "quăng"),
    ("traan trongj", "tra6n trong5", "trân trọng"),
    ("hoas", "hoa1", "hóa"),
    ("asz", "a10", "a"),
    ("uowng", "uo7ng", "ương"),
    ("thuowr", "thuo73", "thuở"),
    ("dduowngf", "d9uo7ng2", "đường"),
    ("yeeu caauf", "ye6u ca6u2", "yêu cầu"),
    ("ruwowuj", "ruo7u5", "rượu"),
    ("chuyeenr", "chuye6n3", "chuyển"),
];

#[test]
fn what_people_type_becomes_what_they_mean() {
    for (telex, vni, text) in TABLE {
        assert_eq!(all(Method::Vni, vni), text, "VNI {vni}");
        assert_eq!(all(Method::Telex, telex), text, "Telex {telex}");
    }
    // The second time the key stands as itself.
    assert_eq!(
        [all(Method::Vni, "a11"), all(Method::Vni, "a66"), all(Method::Vni, "d99")],
        ["a1", "a6", "d9"]
    );
    assert_eq!(["ass", "aaa", "ddd", "oww"].map(|k| all(Method::Telex, k)), ["as", "aa", "dd", "ow"]);
    assert_eq!(all(Method::Telex, "w"), "ư");
    assert_eq!(all(Method::Telex, "tw"), "tư");
}

#[test]
fn what_is_no_syllable_stays_as_it_is_typed() {
    for text in ["http", "www.gov.vn", "PDF", "0912 345 678", "x+y=z", "facebook"] {
        assert_eq!(all(Method::Plain, text), text);
    }
    assert_eq!(all(Method::Telex, "PDF"), "PDF");
    assert_eq!(all(Method::Vni, "12/3 A7"), "12/3 A7");
    assert_eq!(all(Method::Telex, "strs"), "strs");
}

#[test]
fn deleting_takes_a_letter_with_its_accents() {
    assert_eq!(deleted("tiế"), "ti");
    assert_eq!(deleted("tie\u{302}\u{301}"), "ti");
    assert_eq!(deleted(""), "");
    // What is left can be typed on.
    assert_eq!(typed(Method::Telex, &deleted("hoán"), 'f'), "hòa");
}

proptest! {
    /// Whatever is typed, nothing before the last word changes and the text stays composed.
    #[test]
    fn nothing_is_lost(before in "[a-zà-ỹ ]{0,12} ", keys in "[a-zA-Z0-9 ,.]{0,12}", telex: bool) {
        let method = if telex { Method::Telex } else { Method::Vni };
        let text = keys.chars().fold(before.clone(), |text, key| typed(method, &text, key));
        prop_assert!(text.starts_with(&before));
        let composed: String = text[before.len()..].nfc().collect();
        prop_assert_eq!(&text[before.len()..], composed);
    }
}
