// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults of `motcua.toml` by line and in both languages; what may not be shown; answers that become a file.

use super::write::Answers;
use super::*;

const KIOSK: &str =
    "role = \"kiosk\"\nname = \"kiosk-1\"\nhub = \"here\"\nprinter.url = \"usb:/dev/usb/lp0\"\n";

fn faults(text: &str) -> Vec<Fault> {
    Settings::parse(text).map(|s| format!("{:?}", s.device)).expect_err("a fault")
}

#[test]
fn the_sample_is_good_with_secrets_of_ones_own_and_with_every_line_in_use() {
    let own = |text: &str| {
        text.replace("pin = \"000000\"", "pin = \"714905\"")
            .replace("9f1c2b7d", "00112233")
            .replace("IAAAA", "IBBBB")
    };
    let settings = Settings::parse(&own(SAMPLE)).unwrap();
    assert_eq!(settings.device.rotation, 90);
    assert_eq!(settings.device.hall.unwrap().id, "phuc-vu-hanh-chinh-cong-phuong-ngo-quyen");
    let used = |l: &str| {
        let off = l
            .strip_prefix('#')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || "[] ".contains(c)));
        off.filter(|rest| !rest.starts_with(' ') || rest.starts_with("  {")).unwrap_or(l).to_owned()
    };
    // A ticket and a hub inside exclude each other.
    let lines = SAMPLE.lines().filter(|l| *l != "hub = \"here\"");
    let all: Vec<String> = lines.map(used).collect();
    let all = Settings::parse(&own(&all.join("\n"))).unwrap_or_else(|f| panic!("{f:#?}"));
    assert!(all.once.ticket.is_some() && all.once.central.is_some() && all.private.ssh_key.is_some());
    assert_eq!(all.device.network.ssid.as_deref(), Some("MOT-CUA"));
    assert_eq!(all.device.hall.unwrap().id, "ngo-quyen");
}

#[test]
fn every_fault_names_its_line_and_what_to_do() {
    for (added, line, vi, en) in [
        ("nam = 1", 5, "có phải là `name` không", "is `name` meant"),
        ("[networc]", 5, "có phải là `network` không", "is `network` meant"),
        ("[screen]\nrotation = 45", 6, "0, 90, 180 hoặc 270", "0, 90, 180 or 270"),
        ("[screen]\nrotation = \"90\"", 6, "không đúng kiểu", "wrong kind"),
        (
            "[network]\naddress = \"192.168.1.20\"\ngateway = \"192.168.1.1\"",
            6,
            "192.168.1.20/24",
            "192.168.1.20/24",
        ),
        ("[network]\naddress = \"192.168.1.20/24\"", 6, "cần thêm `gateway`", "needs a `gateway`"),
        ("[network]\ngateway = \"192.168.1.1\"", 6, "thiếu `address`", "no `address`"),
        (
            "[network]\naddress = \"192.168.1.20/24\"\ngateway = \"192.168.2.1\"",
            7,
            "không nằm trong mạng",
            "not in the network",
        ),
        (
            "[network]\naddress = \"192.168.1.20/24\"\ngateway = \"192.168.1.20\"",
            7,
            "chính thiết bị",
            "this device itself",
        ),
        (
            "[network]\naddress = \"192.168.1.0/24\"\ngateway = \"192.168.1.1\"",
            6,
            "địa chỉ của cả mạng",
            "the address of the whole network",
        ),
        ("[network]\ndns = [\"192.168.1.999\"]", 6, "không phải địa chỉ IP", "not an IP address"),
        ("[network]\nproxy = \"socks:1\"", 6, "phải có dạng", "must look like"),
        ("[network.wifi]\nssid = \"a\"\npassphrase = \"1234567\"", 7, "có 7 ký tự", "here are 7"),
        (
            "[network.wifi]\nssid = \"a\"\npassphrase = \"12345678\"\ncountry = \"vn\"",
            8,
            "mã nước",
            "country",
        ),
        ("[scanner]\nurl = \"usb\"", 6, "đầu đọc mã", "scanner"),
        ("[scanner]\nurl = \"keys:name:Barcode\"", 6, "theo mã USB", "named by its USB id"),
        ("[speaker]\ndevice = \"loud\"", 6, "không phải loa", "not a loudspeaker"),
        ("[technician]\npin = \"123456\"", 6, "6 đến 8 chữ số", "6 to 8 digits"),
        ("[technician]\npin = \"1234\"", 6, "6 đến 8 chữ số", "6 to 8 digits"),
        ("[technician]\nday_code_secret = \"short\"", 6, "ít nhất 20", "at least 20"),
        ("[support]\nssh_key = \"me\"", 6, "khóa công khai", "public key"),
        ("[technician]\nday_code_secret = \"day code of our own halls\"", 6, "không dấu cách", "no space"),
        ("[updates]\nwindow = \"22-5\"", 6, "khoảng giờ", "period"),
        ("[enrolment]\nticket = \"motcua:enrol?x=1\"", 6, "phiếu ghi danh", "ticket"),
        ("[keypad.wiring]\nbuttons = []", 5, "bốn nút", "four buttons"),
        ("name = \"two\"", 5, "ghi hai lần", "stands twice"),
    ] {
        let found = faults(&format!("{KIOSK}{added}\n"));
        assert_eq!(found.len(), 1, "{added}: {found:#?}");
        assert_eq!(found[0].line, line, "{added}: {found:#?}");
        assert!(found[0].message_vi.contains(vi), "{added}: {}", found[0].message_vi);
        assert!(found[0].message_en.contains(en), "{added}: {}", found[0].message_en);
    }
}

#[test]
fn secrets_of_the_sample_are_refused() {
    let used: Vec<&str> = SAMPLE
        .lines()
        .map(|l| l.strip_prefix("#").filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or(l))
        .collect();
    let line = |key: &str| used.iter().find(|l| l.starts_with(key)).unwrap().to_string();
    let text = format!(
        "{KIOSK}[technician]\n{}\n{}\n[support]\n{}\n",
        line("pin"),
        line("day_code_secret"),
        line("ssh_key")
    );
    let found = faults(&text);
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [6, 7, 9], "{found:#?}");
    assert!(found[1].message_en.contains("sample") && found[2].message_en.contains("sample"), "{found:#?}");
}

#[test]
fn a_misspelt_key_hides_no_other_fault() {
    let text = format!(
        "{KIOSK}[netwrok]\ngatewy = \"192.168.1.1\"\n[screen]\nrotation = 45\n[tecnician]\npin = \"1\"\n"
    );
    let found = faults(&text);
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [5, 6, 6, 8, 9, 10], "{found:#?}");
    assert!(found[0].message_vi.contains("có phải là `network` không"), "{found:#?}");
}

#[test]
fn a_line_that_cannot_be_read_hides_no_other_fault() {
    let text = "role = kiosk\nname = \"Kiosk 1\"\nhub = \"here\"\n[network]\naddress = 192.168.1.10/24\ndns = \"192.168.1.1\"\n\
                [printer]\nurl = \"usb\"\n[screen]\nrotation = \"270\"\n[technician]\npin = 714905\npin = \"902134\"\n";
    let found = faults(text);
    // Without its role the rest is no more than read.
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 5, 6, 10, 12, 13], "{found:#?}");
    let found = faults(&text.replace("role = kiosk", "role = \"kiosk\""));
    assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2, 5, 6, 8, 10, 12, 13], "{found:#?}");
    assert!(found[4].message_en.contains("a number without quotes"), "{found:#?}");
    assert!(
        found[5].message_vi.contains("dấu nháy kép") && !found[5].message_vi.contains("714905"),
        "{found:#?}"
    );
    assert!(found[6].message_vi.contains("ghi hai lần"), "{found:#?}");
}

#[test]
fn several_faults_are_told_at_once_in_the_order_of_lines() {
    let text = "role = \"kisok\"\nname = \"Kiosk 1\"\nhub = \"http://x\"\n";
    let lines: Vec<usize> = faults(text).iter().map(|f| f.line).collect();
    assert_eq!(lines, [1, 2]);
    let text = "role = \"display\"\nname = \"Man hinh\"\nhub = \"here\"\n[screen]\nrotation = 1\n";
    let lines: Vec<usize> = faults(text).iter().map(|f| f.line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn a_fault_and_debug_output_never_repeat_a_secret() {
    for bad in [
        "[network.wifi]\nssid = \"a\"\npassphrase = 87654321987",
        "[network.wifi]\nssid = \"a\"\npassphrase = \"năm87654321987\"",
        "[technician]\npin = 87654321987",
        "[technician]\npin = \"87654321987\"",
        "[network]\nproxy = \"ftp://u:87654321987@h\"",
        "[enrolment]\nticket = \"motcua:enrol?t=87654321987\"",
    ] {
        let said = format!("{:?}", faults(&format!("{KIOSK}{bad}\n")));
        assert!(!said.contains("87654321987"), "{said}");
    }
    let settings = Settings::parse(&format!("{KIOSK}[technician]\npin = \"902134\"\n")).unwrap();
    assert!(!format!("{settings:?}").contains("902134"));
    assert!(!toml::to_string(&settings.device).unwrap().contains("902134"));
}

#[test]
fn a_ticket_belongs_to_the_device_that_is_named() {
    let ticket =
        format!("motcua:enrol?u=https://h:8611&f={}&d=ward.kiosk-2&t={}", "0".repeat(64), "A".repeat(32));
    let found = faults(&format!("{KIOSK}enrolment.ticket = \"{ticket}\"\n"));
    assert!(found[0].message_en.contains("for `kiosk-2`, not for `kiosk-1`"), "{found:?}");
}

#[test]
fn a_device_with_its_own_hub_takes_no_ticket_of_a_hub() {
    let ticket =
        format!("motcua:enrol?u=https://h:8611&f={}&d=ward.kiosk-1&t={}", "0".repeat(64), "A".repeat(32));
    let found = faults(&format!("{KIOSK}[enrolment]\nticket = \"{ticket}\"\n"));
    assert_eq!((found.len(), found[0].line), (1, 6), "{found:#?}");
    assert!(found[0].message_vi.contains("bỏ dòng `ticket`"), "{found:#?}");
    let other = KIOSK.replace("hub = \"here\"\n", "");
    Settings::parse(&format!("{other}[enrolment]\nticket = \"{ticket}\"\n")).unwrap();
}

#[test]
fn a_hub_is_reached_at_the_port_of_its_devices() {
    let hub = |url: &str| {
        let text = KIOSK.replace("\"here\"", &format!("\"{url}\""));
        Settings::parse(&text).map(|s| s.device.hub.unwrap())
    };
    assert_eq!(hub("https://192.168.1.10").unwrap(), "https://192.168.1.10:8611");
    assert_eq!(hub("https://hub.example/").unwrap(), "https://hub.example:8611");
    assert_eq!(hub("https://192.168.1.10:9000").unwrap(), "https://192.168.1.10:9000");
    assert_eq!(hub("https://hub.example:443").unwrap(), "https://hub.example:443");
    let faults = hub("https://192.168.1.10:8610").unwrap_err();
    assert!(faults[0].message_en.contains("8610 is the port of the pages"), "{faults:?}");
}

#[test]
fn an_address_of_the_pages_can_be_typed_into_a_browser() {
    assert_eq!(network::pages_at("192.168.1.10"), "http://192.168.1.10:8610");
    assert_eq!(network::pages_at("fd00::10"), "http://[fd00::10]:8610");
}

#[test]
fn answers_of_the_first_run_screen_are_a_file_like_any_other() {
    let mut answers = Answers::default();
    answers.role = Some(Role::Kiosk);
    answers.name = "kiosk-1".into();
    answers.here = true;
    answers.hall = "Phường \"Ngô Quyền\"".into();
    answers.wifi = true;
    answers.ssid = "Một \\ cửa".into();
    answers.passphrase = "a \"quoted\" one".into();
    answers.printer = "usb:/dev/usb/lp0".into();
    answers.rotation = 270;
    answers.pin = "902134".into();
    let settings = Settings::parse(&answers.text()).unwrap_or_else(|f| panic!("{f:#?}\n{}", answers.text()));
    assert_eq!(settings.private.passphrase.as_deref(), Some("a \"quoted\" one"));
    assert_eq!(settings.device.hall.as_ref().unwrap().id, "phuong-ngo-quyen");
    assert_eq!((settings.device.rotation, settings.device.is_hub()), (270, true));
    let kept = toml::to_string(&settings.device).unwrap();
    assert_eq!(toml::from_str::<Device>(&kept).unwrap(), settings.device);
}
