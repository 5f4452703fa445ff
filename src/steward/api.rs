// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steward's socket: HTTP with JSON, refusals as RFC 9457 documents. Who may ask is who may open the socket: root
//! and the group of the roles. What only a technician may do is refused unless the menu is open.

use super::air::{self, Heard};
use super::lock::Tried;
use super::partition::Data;
use super::provision::{AcceptError, LARGEST, Steward};
use super::system::Program;
use super::update::{Agent, Asked, Standing};
use super::usb::{self, Stick, UsbError};
use crate::clock::unix_ms;
use crate::doctor::Words;
use crate::machine::{Device, Fault};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the device is and how it stands.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// Of the image.
    pub version: String,
    /// That it was made from.
    pub commit: String,
    /// Of the processor.
    pub arch: String,
    /// The verified root's hash.
    pub root_hash: Option<String>,
    /// The slot that was booted.
    pub slot: Option<String>,
    /// Whether the partition for everything that is kept is there.
    #[serde(default)]
    pub data: Data,
    /// There are settings in force.
    pub provisioned: bool,
    /// Those, without secrets.
    pub settings: Option<Device>,
    /// What is wrong with the settings that were found at the start.
    pub faults: Vec<Fault>,
    /// The technician's menu is open.
    pub technician: bool,
    /// How an update stands.
    #[serde(default)]
    pub update: Standing,
}

/// A refusal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:motcua:problem:…`.
    #[serde(rename = "type")]
    pub kind: String,
    /// HTTP status.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// The same in Vietnamese. A box, so that a refusal stays small as an error.
    #[serde(default)]
    pub detail_vi: Box<str>,
    /// Of settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Tries that are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// Seconds until a code is taken again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_s: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, said: Words) -> Problem {
        let kind = format!("urn:motcua:problem:{kind}");
        let (detail, detail_vi) = (said.en, said.vi.into_boxed_str());
        Problem { kind, status: status.as_u16(), detail, detail_vi, ..Problem::default() }
    }

    fn technician_only() -> Problem {
        let said = Words::new(
            "Mở trang kỹ thuật bằng mã trước đã.",
            "Open the technician's menu first: POST /technician/enter with the code.",
        );
        Problem::new(StatusCode::FORBIDDEN, "technician-only", said)
    }

    fn of_system(e: &dyn std::error::Error) -> Problem {
        let chain = crate::hub::chain(e);
        let vi = format!("Thiết bị không làm được ({chain}). Khởi động lại rồi thử lại.");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "system", Words::new(vi, chain))
    }

    fn faults(faults: Vec<Fault>) -> Problem {
        let said = Words::new(
            "Cấu hình có chỗ chưa đúng; mỗi chỗ có số dòng và cách sửa.",
            "The settings are wrong; each fault names its line and what to do.",
        );
        Problem { faults, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "settings", said) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}

/// An answer, or a refusal.
type Answer<T> = Result<T, Problem>;

/// A code.
#[derive(Deserialize)]
struct Code {
    code: String,
}

/// Serves until SIGTERM.
pub async fn serve(steward: Arc<Steward>, agent: Agent) -> std::io::Result<()> {
    let path = steward.layout.socket();
    // Of a steward that was killed.
    let _ = std::fs::remove_file(&path);
    let listener = tokio::net::UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660))?;
    steward.layout.show(&path)?;
    tracing::info!(socket = %path.display(), "the steward is ready");
    // What waits for the steward may ask it now.
    if let Err(e) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(error = %e, "systemd is not told");
    }
    let stop = async {
        if let Err(e) = crate::hub::serve::asked_to_stop().await {
            tracing::error!(error = %e, "signals");
        }
    };
    axum::serve(listener, router(steward, agent)).with_graceful_shutdown(stop).await?;
    std::fs::remove_file(&path)
}

fn router(steward: Arc<Steward>, agent: Agent) -> Router {
    let limit = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    Router::new()
        .route("/status", get(status))
        .route("/settings", post(settings))
        .route("/settings/check", post(check))
        .route("/settings/undo", post(undo))
        .route("/wifi", get(wifi))
        .route("/trial", post(trial))
        .route("/technician/enter", post(enter))
        .route("/technician/leave", post(leave))
        .route("/technician/lock", get(lock))
        .route("/reboot", post(reboot))
        .route("/role/reboot", post(reboot_as_ordered))
        .route("/power-off", post(power_off))
        .route("/factory-reset", post(factory_reset))
        .route("/usb", get(sticks))
        .route("/usb/logs", post(logs))
        .route("/usb/report", post(report))
        .route("/update", get(standing))
        .route("/update/usb", post(from_stick))
        .layer(DefaultBodyLimit::max(limit))
        .layer(axum::Extension(agent))
        .with_state(steward)
}

/// Work that waits for disks and programs, on a thread that may wait.
async fn aside<T: Send + 'static>(
    steward: Arc<Steward>,
    job: impl FnOnce(&Steward) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(move || job(&steward)).await;
    done.unwrap_or_else(|e| Err(Problem::of_system(&e)))
}

/// The same, for a technician only.
async fn for_technician<T: Send + 'static>(
    steward: Arc<Steward>,
    job: impl FnOnce(&Steward) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    if !steward.inner().technician {
        return Err(Problem::technician_only());
    }
    aside(steward, job).await
}

async fn status(State(steward): State<Arc<Steward>>, Extension(agent): Extension<Agent>) -> Json<Status> {
    let inner = steward.inner();
    Json(Status {
        version: steward.release.version.clone(),
        commit: steward.release.commit.clone(),
        arch: steward.release.arch.clone(),
        root_hash: steward.booted.root_hash.clone(),
        slot: steward.booted.slot.clone(),
        data: steward.data,
        provisioned: inner.kept.is_some(),
        settings: inner.kept.as_ref().map(|k| k.device.clone()),
        faults: inner.faults.clone(),
        technician: inner.technician,
        update: agent.standing(),
    })
}

async fn check(State(steward): State<Arc<Steward>>, body: String) -> Answer<StatusCode> {
    let body = Zeroizing::new(body);
    aside(steward, move |s| {
        let inner = s.inner();
        let known = (inner.kept.as_ref(), inner.technician);
        s.faults_of(&body, None, known).map(|_| StatusCode::NO_CONTENT).map_err(Problem::faults)
    })
    .await
}

async fn settings(State(steward): State<Arc<Steward>>, body: String) -> Answer<StatusCode> {
    let body = Zeroizing::new(body);
    aside(steward, move |s| {
        if s.data == Data::Missing {
            let said = Words::new(
                "Không đọc được thẻ nhớ nên không lưu được cấu hình. Thay thẻ nhớ mới.",
                "The card cannot be read, so no settings can be kept. Put in a new card.",
            );
            return Err(Problem::new(StatusCode::CONFLICT, "data-missing", said));
        }
        let mut inner = s.inner();
        if inner.kept.is_some() && !inner.technician {
            return Err(Problem::technician_only());
        }
        let before = inner.kept.clone();
        s.accept(&mut inner, &body, None).map_err(|e| match e {
            AcceptError::Faults(faults) => Problem::faults(faults),
            e => Problem::of_system(&e),
        })?;
        inner.before = before;
        s.forget_boot_settings(&mut inner);
        if let Some(kept) = &inner.kept {
            s.apply(kept, inner.technician, "restart");
        }
        tracing::info!("new settings are in force");
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// What the technician changed last is taken back.
async fn undo(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| match s.undo(&mut s.inner()) {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => {
            let said = Words::new(
                "Không còn cấu hình trước đó; đặt lại mạng.",
                "There are no settings of before; set the network again.",
            );
            Err(Problem::new(StatusCode::CONFLICT, "nothing-before", said))
        }
        Err(e) => Err(Problem::of_system(&e)),
    })
    .await
}

async fn wifi(State(steward): State<Arc<Steward>>) -> Answer<Json<Vec<Heard>>> {
    for_technician(steward, |s| match air::listen(s) {
        Ok(heard) => Ok(Json(heard)),
        Err(e) => {
            tracing::warn!(error = crate::hub::chain(&e), "the air is not heard");
            let said = Words::new("Không dò được mạng Wi-Fi; nối bằng dây.", crate::hub::chain(&e));
            Err(Problem::new(StatusCode::CONFLICT, "no-wifi", said))
        }
    })
    .await
}

async fn trial(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| {
        if s.trial(&mut s.inner()) {
            return Ok(StatusCode::NO_CONTENT);
        }
        let said = Words::new("Chỉ kiosk mới có chế độ chạy thử.", "Only a kiosk has a test mode.");
        Err(Problem::new(StatusCode::CONFLICT, "no-kiosk", said))
    })
    .await
}

async fn lock(State(steward): State<Arc<Steward>>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "wait_s": steward.inner().lock.wait_s() }))
}

async fn enter(State(steward): State<Arc<Steward>>, code: Json<Code>) -> Answer<StatusCode> {
    let code = Zeroizing::new(code.0.code);
    aside(steward, move |s| {
        let mut inner = s.inner();
        match inner.lock.try_code(&code, unix_ms()).map_err(|e| Problem::of_system(&e))? {
            Tried::Good => {
                tracing::info!("the technician's menu is opened");
                s.enter(&mut inner);
                Ok(StatusCode::NO_CONTENT)
            }
            Tried::Wrong { left } => {
                tracing::warn!(left, "a wrong code for the technician's menu");
                let said = Words::new("Mã không đúng.", "The code is wrong.");
                let problem = Problem::new(StatusCode::FORBIDDEN, "wrong-code", said);
                Err(Problem { left: Some(left), ..problem })
            }
            Tried::Locked { wait_s } => {
                tracing::warn!(wait_s, "the technician's menu is locked");
                let said = Words::new(
                    "Sai mã quá nhiều lần; chờ rồi thử lại.",
                    "Too many wrong codes; wait, then try again.",
                );
                let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "locked", said);
                Err(Problem { wait_s: Some(wait_s), ..problem })
            }
            Tried::NoCode => {
                let said = Words::new(
                    "Thiết bị chưa có mã kỹ thuật. Chép motcua.toml có [technician] vào phân vùng khởi động.",
                    "This device has no technician's code. Put a motcua.toml with [technician] on its boot partition.",
                );
                Err(Problem { left: Some(0), ..Problem::new(StatusCode::FORBIDDEN, "no-code", said) })
            }
        }
    })
    .await
}

async fn leave(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| {
        s.leave(&mut s.inner());
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

fn power(steward: &Steward, verb: &str) -> Answer<StatusCode> {
    let done = steward.system.run(Program::Systemctl, &[verb, "--no-block"]);
    done.map(|()| StatusCode::NO_CONTENT).map_err(|e| Problem::of_system(&e))
}

async fn reboot(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| power(s, "reboot")).await
}

/// The central's signed order reached the role; only root restarts a device.
async fn reboot_as_ordered(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    tracing::info!("a role passes on the order to restart");
    aside(steward, |s| power(s, "reboot")).await
}

async fn power_off(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| power(s, "poweroff")).await
}

async fn factory_reset(State(steward): State<Arc<Steward>>) -> Answer<StatusCode> {
    for_technician(steward, |s| {
        tracing::warn!("factory reset");
        let done = s.factory_reset(&mut s.inner());
        done.map(|()| StatusCode::NO_CONTENT).map_err(|e| Problem::of_system(&e))
    })
    .await
}

async fn sticks(State(steward): State<Arc<Steward>>) -> Answer<Json<Vec<Stick>>> {
    for_technician(steward, |s| Ok(Json(usb::sticks(&s.layout, &s.system)))).await
}

async fn logs(State(steward): State<Arc<Steward>>) -> Answer<Json<serde_json::Value>> {
    for_technician(steward, |s| written(usb::write_logs(&s.layout, &s.system, &s.scrub(), &s.name()))).await
}

async fn report(State(steward): State<Arc<Steward>>, body: String) -> Answer<Json<serde_json::Value>> {
    for_technician(steward, move |s| {
        written(usb::write_report(&s.layout, &s.system, &s.scrub(), (&s.name(), &body)))
    })
    .await
}

async fn standing(Extension(agent): Extension<Agent>) -> Json<Standing> {
    Json(agent.standing())
}

/// Which update on a stick.
#[derive(Deserialize)]
struct Bundle {
    bundle: String,
}

async fn from_stick(
    State(steward): State<Arc<Steward>>,
    Extension(agent): Extension<Agent>,
    bundle: Json<Bundle>,
) -> Answer<StatusCode> {
    for_technician(steward, move |s| {
        let (source, hold) = usb::hold_bundle(&s.layout, &s.system, &bundle.bundle).map_err(no_stick)?;
        if agent.ask(Asked { source, now: true, hold: Some(hold) }) {
            return Ok(StatusCode::ACCEPTED);
        }
        let said = Words::new(
            "Đang cài một bản cập nhật; chờ cài xong.",
            "An update is under way; wait until it is done: GET /update.",
        );
        Err(Problem::new(StatusCode::CONFLICT, "update-under-way", said))
    })
    .await
}

fn written(done: Result<String, UsbError>) -> Answer<Json<serde_json::Value>> {
    done.map(|file| Json(serde_json::json!({ "file": file }))).map_err(no_stick)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn no_stick(e: UsbError) -> Problem {
    let said = crate::hub::chain(&e);
    tracing::warn!(error = said, "a stick was of no use");
    let kind = if matches!(e, UsbError::None | UsbError::NoBundle(_)) { "no-stick" } else { "stick" };
    Problem::new(StatusCode::CONFLICT, kind, Words::new(e.vi(), said))
}
